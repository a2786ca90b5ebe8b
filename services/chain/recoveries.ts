import { readContract, type Ledger } from './ledger.ts'

const NOBODY = `0x${'00'.repeat(20)}`

/** How an identity would get a new owner. Times are unix seconds. */
export type RecoveryState = {
  readonly owner: string
  readonly nonce: bigint
  readonly guardians: readonly string[]
  /** How many guardians have to approve. */
  readonly threshold: number
  readonly isManagerBarred: boolean
  /** What the manager proposed; null where there is nothing that counts. */
  readonly proposal: {
    readonly newOwner: string
    readonly area: number
    readonly executableFrom: number
    readonly executableUntil: number
  } | null
}

/** A new owner of an identity, as guardians approve of it. */
export type Replacement = {
  readonly identity: string
  readonly newOwner: string
  readonly nonce: bigint
  readonly deadline: number
}

export async function readRecovery(ledger: Ledger, identity: string, manager: string): Promise<RecoveryState> {
  const read = async (name: string, ...values: readonly unknown[]) =>
    (await readContract(ledger, 'recovery', name, ...values))[0] as unknown
  const [owner, nonce, plan, proposal] = await Promise.all([
    readContract(ledger, 'didRegistry', 'identityOwner', identity),
    read('nonceOf', identity),
    read('planOf', identity) as Promise<{ guardians: string[]; threshold: bigint; isManagerBarred: boolean }>,
    read('proposalOf', identity, manager) as Promise<
      Record<'area' | 'executableFrom' | 'executableUntil', bigint> & { newOwner: string }
    >,
  ])
  return {
    owner: owner[0] as string,
    nonce: nonce as bigint,
    guardians: [...plan.guardians],
    threshold: Number(plan.threshold),
    isManagerBarred: plan.isManagerBarred,
    proposal:
      proposal.newOwner === NOBODY
        ? null
        : {
            newOwner: proposal.newOwner,
            area: Number(proposal.area),
            executableFrom: Number(proposal.executableFrom),
            executableUntil: Number(proposal.executableUntil),
          },
  }
}

/** How many guardians approved of it by transactions of their own. */
export async function countApprovals(
  ledger: Ledger,
  { identity, newOwner, nonce, deadline }: Replacement,
): Promise<number> {
  const [count] = await readContract(ledger, 'recovery', 'approvalsOf', [identity, newOwner, nonce, deadline])
  return Number(count)
}
