import { isSignedClaim, type MeterClaim } from '../chain/meter-claims.ts'
import type { Ledger } from '../chain/ledger.ts'
import { readMembers } from '../chain/members.ts'
import { areReadingsDelegated, delegateReadingsCall, readLatestDelegation } from '../chain/registrations.ts'
import { NO_KEY } from '../chain/sealed-keys.ts'
import type { SigningDomain } from '../chain/typed-data.ts'
import type { StockedMeter } from '../store/joining-registers.ts'
import type { Issuer } from './issuer.ts'

/** Whether the meter itself signed that it is the account's: nobody is believed who says so in its place. */
export function isClaimProved(
  domain: SigningDomain,
  claim: (MeterClaim & { readonly signature: string | null }) | null,
): boolean {
  return claim !== null && claim.signature !== null && isSignedClaim(domain, claim, claim.signature)
}

/** The metering operator vouches for a meter of its stock, which the account proved to have. */
export function certifyMeter(
  meteringOperator: Issuer,
  account: string,
  { address, area, serialNumber, certificate }: StockedMeter & { readonly certificate: string },
): Promise<void> {
  return meteringOperator.certify({
    account,
    subject: address,
    role: 'meter',
    area,
    connectionPoint: null,
    claims: { serialNumber, certified: true, certificate },
  })
}

/** Has the gateway commit the readings of `meters` too, those of homes on their way, from before their members are there. */
export async function delegateReadingsOf(
  ledger: Ledger,
  meteringOperator: Issuer,
  { area, meters, gateway }: { readonly area: number; readonly meters: readonly string[]; readonly gateway: string },
): Promise<void> {
  const members = await readMembers(ledger, area)
  const all = new Set([...members.map(({ meterKey }) => meterKey).filter((key) => key !== NO_KEY), ...meters])
  const delegation = { meteringOperator: meteringOperator.address, gateway, area, meters: [...all] }
  if (await areReadingsDelegated(ledger, delegation)) return

  const replaced = await readLatestDelegation(ledger, delegation)
  // The first of each of the gateway's keys replaces none.
  const place = replaced === 0n ? `${area}:${gateway}` : `${area}:${replaced}`
  await meteringOperator.sender.send(`delegate-readings:${place}`, delegateReadingsCall(delegation))
}
