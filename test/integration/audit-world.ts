import { Interface } from 'ethers'
import type { ConsentData } from '../../scripts/audit/consent-data.ts'
import { LAST_PERIOD } from '../../scripts/audit/audit-options.ts'
import type { Difference } from '../../scripts/audit/difference.ts'
import type { Scope } from '../../scripts/audit/head-state.ts'
import { runAudit, type AuditOutcome } from '../../scripts/audit/run-audit.ts'
import { freePort } from '../../scripts/settings.ts'
import { abis, bytecodes } from '../../services/chain/generated/contracts.ts'
import type { ContractName, LedgerAddresses } from '../../services/chain/ledger.ts'
import { cloneCopy, recordLedger, serveCopy, type LedgerCopy } from './audit-copy.ts'
import { PERIOD_SECONDS, startNode } from './audit-ledger.ts'
import { GENESIS_TIME, HOUSEHOLDS, playScenario } from './audit-scenario.ts'

/** A true copy of the scenario's ledger, and what its members would give for an audit. */
export type AuditWorld = {
  readonly truth: LedgerCopy
  readonly consent: readonly ConsentData[]
  readonly addresses: LedgerAddresses
}

/** Plays the scenario on a node of its own and keeps what an audit asks of it. */
export async function makeAuditWorld(play: typeof playScenario = playScenario): Promise<AuditWorld> {
  const node = await startNode(await freePort(), GENESIS_TIME, HOUSEHOLDS)
  try {
    const { maker, consent } = await play(node.url)
    const { addresses } = maker.ledger
    // A last block in which nothing happens, so that a copy can do without it.
    await maker.goTo((await maker.now()) + PERIOD_SECONDS)
    await maker.rpc('evm_mine', [])
    maker.close()
    const recording = await recordLedger(node.url)
    await runOn(recording.url)
    await recording.stop()
    return { truth: recording.copy, consent, addresses }
  } finally {
    await node.stop()
  }
}

export async function auditCopy(
  copy: LedgerCopy,
  data: readonly ConsentData[] = [],
  scope: Partial<Scope> = {},
): Promise<AuditOutcome> {
  const served = await serveCopy(copy)
  try {
    return await runOn(served.url, data, scope)
  } finally {
    await served.stop()
  }
}

/** What an audit finds in a copy that was tampered with. */
export async function differenceAfter(
  truth: LedgerCopy,
  tamper: (copy: LedgerCopy) => void,
  scope: Partial<Scope> = {},
): Promise<Difference | null> {
  const copy = cloneCopy(truth)
  tamper(copy)
  return (await auditCopy(copy, [], scope)).difference
}

export const topicOf = (contract: ContractName, event: string): string =>
  new Interface(abis[contract]).getEvent(event)!.topicHash

/** Selector and the first arguments, as a call's input begins with them. */
export const callOf = (contract: ContractName, name: string, ...first: readonly number[]): string =>
  new Interface(abis[contract]).getFunction(name)!.selector +
  first.map((value) => value.toString(16).padStart(64, '0')).join('')

function runOn(url: string, data: readonly ConsentData[] = [], scope: Partial<Scope> = {}): Promise<AuditOutcome> {
  const whole = { fromPeriod: 0, toPeriod: LAST_PERIOD, area: null, ...scope }
  return runAudit({ url, ...whole, settlement: undefined, consent: data }, { abis, bytecodes })
}
