/** Starts the worker of programs/ in workerd, the runtime of Cloudflare Workers, or in edge-runtime. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../../../src/database/embedded/free-port.ts'
import { run } from '../example.ts'
import { bun, edgeRuntime, workerd } from './consumer.ts'
import { serve } from './serve.ts'

/** A worker may ask an issuer on this machine. */
const workerdConfig = (port: number) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "workerd.js")],
  compatibilityDate = "2026-11-01",
);
`

type Scope = Pick<Test, 'teardown'>

/** Bundles a program as the tools of such a platform do. */
const bundle = (service: string, program: string, outfile: string, options: object) =>
  run(
    service,
    bun,
    'build',
    program,
    '--target=browser',
    '--format=esm',
    `--outfile=${outfile}`,
    '--define',
    `OPTIONS=${JSON.stringify(options)}`,
  )

export const workers = {
  async workerd(t: Scope, service: string, options: object): Promise<string> {
    const port = await freePort()
    await bundle(service, 'worker.js', 'workerd.js', options)
    await writeFile(join(service, 'workerd.capnp'), workerdConfig(port))
    return serve(t, port, workerd, ['serve', join(service, 'workerd.capnp')])
  },

  async 'edge-runtime'(t: Scope, service: string, options: object): Promise<string> {
    const port = await freePort()
    await bundle(service, 'edge.js', 'edge-runtime.js', options)
    return serve(t, port, process.execPath, [
      edgeRuntime,
      '--listen',
      `--port=${port}`,
      join(service, 'edge-runtime.js'),
    ])
  },
} as const
