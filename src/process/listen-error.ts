/** Says in a sentence why the server cannot listen. */
import { StartError } from '../config/start-error.ts'

/** Where the server wants to listen, and the setting of the port. */
export type Place = { readonly host: string; readonly port: number; readonly setting: 'PORT' | 'METRICS_PORT' }

const lowPorts =
  'Use a port from 1024 on behind a proxy, or give the service the right CAP_NET_BIND_SERVICE, as systemd does with ' +
  'AmbientCapabilities.'

const reasons: Readonly<Record<string, (place: Place) => string>> = {
  EADDRINUSE: ({ port, setting }) =>
    `Another process has this port. Stop that process, or choose another ${setting} than ${port}.`,
  ENOTSUP: () => 'This system cannot share a port among processes. Set REUSE_PORT to off.',
  EACCES: ({ port, setting }) => `This user may not use port ${port} of ${setting}. ${lowPorts}`,
  EADDRNOTAVAIL: () => 'HOST is not an address of this machine. 0.0.0.0 means all of its addresses.',
  EAFNOSUPPORT: () => 'This machine has no addresses of the kind of HOST. 0.0.0.0 means all of its IPv4 addresses.',
  ENOTFOUND: () => 'The name in HOST has no address. 0.0.0.0 means all addresses of this machine.',
  EAI_AGAIN: () => 'The name in HOST could not be looked up. 0.0.0.0 means all addresses of this machine.',
}

/** A StartError with the reason and the setting to change. */
export function listenError(error: unknown, place: Place): StartError {
  const { code = '' } = error as NodeJS.ErrnoException
  const reason = reasons[code]?.(place) ?? String(error)
  return new StartError(`Cannot listen on ${place.host}:${place.port}: ${reason}`, { cause: error })
}
