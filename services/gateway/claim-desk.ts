import { isSignedClaim } from '../chain/meter-claims.ts'
import type { SigningDomain } from '../chain/typed-data.ts'
import { DomainError } from '../domain/errors.ts'
import type { MeterClaim } from '../store/meter-claims.ts'

export type ClaimDesk = {
  /** Asks every meter that somebody joins with and that has not answered yet, again with each call. */
  readonly look: () => Promise<void>
  /**
   * Keeps a meter's answer to what it was asked last. Throws `claim-unknown`, `claim-nonce-differs`, `claim-expired` or `claim-signature-invalid`.
   */
  readonly receive: (meter: string, answer: { readonly nonce: string; readonly signature: string }) => Promise<void>
}

export type ClaimDeskOptions = {
  readonly domain: SigningDomain
  /** Unix seconds by the ledger's clock. */
  readonly now: () => number
  /** 32 random bytes, 0x-hex. */
  readonly newNonce: () => string
  /** The meters that somebody joins with, each with what it was asked last; null where it was not asked yet. */
  readonly listClaimed: () => Promise<
    readonly { readonly account: string; readonly meter: string; readonly claim: MeterClaim | null }[]
  >
  /** Resolves to whether it was written: nobody joins with the meter any more where not. */
  readonly write: (claim: MeterClaim) => Promise<boolean>
  readonly answer: (answered: Omit<MeterClaim, 'deadline'>) => Promise<void>
  readonly ask: (claim: MeterClaim) => void
}

/** So long an answer to a claim counts, by the ledger's clock: a meter that is away is asked anew after that. */
const ANSWER_SECONDS = 3_600

/** Has meters say whose they are: what somebody who knows a claim code says is worth nothing without the meter's word. */
export function createClaimDesk(options: ClaimDeskOptions): ClaimDesk {
  const { domain, now } = options
  /** By meter: what it was asked and has not answered. In memory, so that a flood of answers costs no more than that. */
  let open: ReadonlyMap<string, MeterClaim> = new Map()

  return {
    async look() {
      const asked = new Map<string, MeterClaim>()
      for (const { account, meter, claim: known } of await options.listClaimed()) {
        if (known !== null && known.signature !== null) continue
        let claim = known
        if (claim === null || now() > claim.deadline) {
          claim = { account, meter, nonce: options.newNonce(), deadline: now() + ANSWER_SECONDS, signature: null }
          if (!(await options.write(claim))) continue
        }
        asked.set(meter, claim)
      }
      open = asked
      for (const claim of asked.values()) options.ask(claim)
    },
    async receive(meter, { nonce, signature }) {
      const claim = open.get(meter)
      if (claim === undefined) throw new DomainError('claim-unknown', `meter ${meter} was not asked whose it is`)
      if (claim.nonce !== nonce) {
        throw new DomainError('claim-nonce-differs', `meter ${meter} answered what it was not asked last`)
      }
      if (now() > claim.deadline) {
        throw new DomainError(
          'claim-expired',
          `meter ${meter} could answer until ${claim.deadline}, and it is ${now()}`,
        )
      }
      if (!isSignedClaim(domain, claim, signature)) {
        throw new DomainError('claim-signature-invalid', `the answer is not signed, as it was asked, by meter ${meter}`)
      }
      const { account } = claim
      await options.answer({ account, meter, nonce, signature })
    },
  }
}
