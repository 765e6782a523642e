/** express with passport-jwt and HS256, as in its README. */
import { randomBytes } from 'node:crypto'
import express from 'express'
import jwt from 'jsonwebtoken'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { serve } from '../harness/serve.ts'
import { answer, claimsOf } from './answer.mjs'

const secret = randomBytes(32).toString('hex')
const options = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret, algorithms: ['HS256'] }
passport.use(new Strategy(options, (claims, done) => done(null, claims)))

const app = express()
app.get('/whoami', passport.authenticate('jwt', { session: false }), (request, response) => {
  response.json({ ...answer, sub: request.user.sub, jti: undefined })
})

await serve({
  listen: () =>
    new Promise((resolve) => {
      const server = app.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`))
    }),
  credentials: async (count) =>
    Array.from({ length: count }, (_, i) => `Authorization: Bearer ${jwt.sign(claimsOf(i), secret)}`),
})
