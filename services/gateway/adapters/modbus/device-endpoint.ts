import { BlockList, isIP } from 'node:net'
import { DomainError } from '../../../domain/errors.ts'

/** Where a device listens, and which of those behind the address it is. */
export type DeviceEndpoint = { readonly host: string; readonly port: number; readonly unit: number }

/** Loopback, private and link-local: a Modbus device has no password, and none of them belongs on the internet. */
export const LOCAL_NETWORKS = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
] as const

/** Tells whether an address lies in one of the networks, each written as `address/prefix`. Throws on one that is not. */
export function networksOf(networks: readonly string[]): (host: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix = '', ...rest] = network.split('/')
    const family = isIP(address)
    if (rest.length > 0 || family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) {
      throw new DomainError('modbus-network-malformed', `${network} is no network such as 192.168.0.0/16`)
    }
    list.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6')
  }
  return (host) => list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}

/**
 * Reads `host:port/unit`, an IPv6 host in brackets. A host is an address and no name, so that no name server decides
 * whom the gateway connects to. Units are 1 to 247, and 255 for a device that has no others behind it.
 */
export function parseDeviceEndpoint(text: string, isAllowed: (host: string) => boolean): DeviceEndpoint {
  const malformed = (reason: string) =>
    new DomainError('modbus-endpoint-malformed', `${text.slice(0, 80)} is no Modbus endpoint: ${reason}`)
  const [, six, four, portText, unitText] =
    /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15})):([1-9]\d{0,4})\/([1-9]\d{0,2})$/.exec(text) ?? []
  const host = six ?? four
  if (host === undefined) throw malformed('it is not address:port/unit')
  if (isIP(host) !== (six === undefined ? 4 : 6)) throw malformed(`${host} is no address`)
  const port = Number(portText)
  if (port > 65_535) throw malformed(`${port} is no port`)
  const unit = Number(unitText)
  if (unit > 247 && unit !== 255) throw malformed(`${unit} is no unit`)
  if (!isAllowed(host)) {
    throw new DomainError('modbus-endpoint-forbidden', `${host} lies outside the networks in which devices may be`)
  }
  return { host, port, unit }
}
