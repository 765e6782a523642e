/** The proxies whose headers the server believes. */
import { BlockList, isIP, isIPv6 } from 'node:net'

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')

/** Whether an address is in one of the networks. A network is an address alone, or an address and the number of its bits, such as `10.0.0.0/8`. */
export function createIsIn(networks: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return (address = '') => isIP(address) !== 0 && list.check(address, familyOf(address))
}
