import type { ConnectionPoint } from '../store/joining-registers.ts'
import type { Issuer } from './issuer.ts'

/** The DSO vouches that the account is at the connection point, with the capacity of its register. */
export function certifyConnectionPoint(
  dso: Issuer,
  account: string,
  { identifier, area, feeder, capacityW }: ConnectionPoint,
  salt: string,
): Promise<void> {
  return dso.certify({
    account,
    subject: account,
    role: 'connection-point',
    area,
    connectionPoint: { identifier, salt },
    claims: { gridArea: feeder, capacityW },
  })
}
