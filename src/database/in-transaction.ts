/** Runs SQL inside of a Prisma transaction, so that one tag serves Prisma and pg. */
import { Prisma } from './generated/client.ts'
import { type Fragment, toTemplate } from './sql.ts'

const toPrisma = (fragment: Fragment) => {
  const { strings, values } = toTemplate(fragment)
  return new Prisma.Sql(strings, values)
}

/** The rows that the query returns. */
export const queryRows = <Row>(tx: Pick<Prisma.TransactionClient, '$queryRaw'>, query: Fragment): Promise<Row[]> =>
  tx.$queryRaw<Row[]>(toPrisma(query))

/** The number of rows that the statement changed. */
export const execute = (tx: Pick<Prisma.TransactionClient, '$executeRaw'>, change: Fragment): Promise<number> =>
  tx.$executeRaw(toPrisma(change))
