import { randomBytes } from 'node:crypto'
import { isLedgerUnreachable, messageOf } from '../chain/errors.ts'
import { sleep } from '../chain/ledger-clock.ts'
import { readSignerAddresses } from '../chain/gateway-signers.ts'
import { connectLedger } from '../chain/ledger.ts'
import { createTransactionSender } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import { readSigningKey, type Role } from '../chain/role-keys.ts'
import { createSalts } from '../runtime/salts.ts'
import type { ServiceContext } from '../runtime/service.ts'
import { connectStore } from '../store/connect.ts'
import { listGivenUp, listOpenJoinings, type Joining } from '../store/joinings.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { holdLock } from '../store/lock.ts'
import { listClaimedMeters } from '../store/meter-claims.ts'
import { outboxOf } from '../store/outbox.ts'
import { eraseOwnRegistrations, noteFailed, removeTakenDocuments } from '../store/registrations.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import { undoJoining } from './given-up.ts'
import { createIssuer } from './issuer.ts'
import { createMeterImports } from './meter-imports.ts'
import { advanceJoining, delegateToSigners, type Registrar } from './joining-steps.ts'

const SHORTEST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
/** What the ledger refused may pass later: a place that became free, an issuer that is accredited again. */
const AGAIN_MS = 5_000
const TIDY_MS = 5_000
/** So long a document is kept once its holder fetched it: an answer may be lost on its way. */
const TAKEN_SECONDS = 600
/** Not the joining's own: whoever comes next would meet them too. */
const NOBODYS_FAULT = ['ledger-unreachable', 'sender-stopped']

/** Takes homes up that join, one after the other, and meters from files, until stopped; resolves to how to stop. */
export async function startRegistrar({ configuration, log, report }: ServiceContext): Promise<() => Promise<void>> {
  const { databaseUrl, dataFolder, ledgerUrl, pollMs } = configuration
  const release = await holdLock(databaseUrl, 'registrar')
  const store = connectStore(databaseUrl)
  const ledger = await connectLedger({
    url: ledgerUrl,
    addresses: await readLedgerAddresses(store),
    timeoutMs: configuration.ledgerTimeoutMs,
  })
  const issuerOf = async (role: Role) => {
    const key = await readSigningKey(dataFolder, role)
    const sender = createTransactionSender({
      ledger,
      key,
      outbox: outboxOf(store, 'registrar'),
      pollMs,
      log,
      highestFeePerGas: configuration.highestFeePerGas,
      onTrouble: (detail) => {
        // That it is well again is said once everything was looked at.
        if (detail !== null) report('degraded', detail)
      },
    })
    return createIssuer({ store, ledger, key, sender })
  }
  const [dso, meteringOperator, communityManager] = [
    await issuerOf('dso'),
    await issuerOf('metering-operator'),
    await issuerOf('community-manager'),
  ]
  const registrar: Registrar = {
    store,
    ledger,
    dso,
    meteringOperator,
    communityManager,
    gatewayOf: await readSignerAddresses(dataFolder, configuration.gatewaySigners ?? 1),
    newSalt: () => `0x${randomBytes(32).toString('hex')}`,
    now: () => Math.floor(Date.now() / 1_000),
    log,
  }
  const meterImports = createMeterImports({
    store,
    ledger,
    sender: meteringOperator.sender,
    saltOf: await createSalts(dataFolder),
    now: registrar.now,
    log,
  })
  const stopped = new AbortController()
  const ended = work(registrar, meterImports, {
    report,
    signal: stopped.signal,
    pauseMs: Math.max(SHORTEST_PAUSE_MS, pollMs),
  })

  return async () => {
    stopped.abort()
    for (const { sender } of [dso, meteringOperator, communityManager]) sender.stop()
    await ended
    ledger.close()
    await store.close()
    await release()
  }
}

async function work(
  registrar: Registrar,
  meterImports: ReturnType<typeof createMeterImports>,
  run: { readonly report: ServiceContext['report']; readonly signal: AbortSignal; readonly pauseMs: number },
): Promise<void> {
  const { store, log } = registrar
  const { report, signal, pauseMs } = run
  /** By account: when what failed is tried again, in milliseconds of a clock that runs forwards. */
  const notBefore = new Map<string, number>()
  /** By account: on what all was done that could be. Until something else is said there is nothing to do. */
  const lastSaid = new Map<string, string>()
  let areSignersDelegated = false
  let tidiedAt = -Infinity
  let failures = 0

  /** Whether there is more to do at once. */
  const look = async (): Promise<boolean> => {
    if (!areSignersDelegated) await delegateToSigners(registrar)
    areSignersDelegated = true
    const [joinings, claimed] = await Promise.all([listOpenJoinings(store), listClaimedMeters(store)])
    const signatures = new Map(claimed.map(({ account, claim }) => [account, claim?.signature ?? null]))
    for (const joining of joinings) {
      if (signal.aborted) return false
      const { account } = joining
      const said = fingerprintOf(joining, signatures.get(account) ?? null)
      if (lastSaid.get(account) === said || performance.now() < (notBefore.get(account) ?? 0)) continue
      notBefore.delete(account)
      if (await isAdvanced(registrar, joining)) lastSaid.set(account, said)
      else notBefore.set(account, performance.now() + AGAIN_MS)
    }
    const open = new Set(joinings.map(({ account }) => account))
    for (const account of lastSaid.keys()) if (!open.has(account)) lastSaid.delete(account)
    for (const account of await listGivenUp(store)) {
      if (signal.aborted) return false
      if (performance.now() < (notBefore.get(account) ?? 0)) continue
      if (!(await isUndone(registrar, account))) notBefore.set(account, performance.now() + AGAIN_MS)
    }
    if (performance.now() - tidiedAt >= TIDY_MS) {
      tidiedAt = performance.now()
      await removeTakenDocuments(store, registrar.now() - TAKEN_SECONDS)
      await eraseOwnRegistrations(store)
    }
    // One batch at a time: who joins meanwhile does not wait for the whole file.
    return meterImports.advance()
  }

  while (!signal.aborted) {
    try {
      const hasMore = await look()
      report('up')
      failures = 0
      if (hasMore) continue
    } catch (error) {
      if (signal.aborted) return
      const reason = reasonToWait(error)
      if (reason === null) throw error
      if (failures === 0) log.warn(`${reason}; trying again`)
      report('degraded', reason)
      failures += 1
    }
    await sleep(Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** Math.min(failures, 10)), signal)
  }
}

/** Differs where anything differs that decides what can be done. */
function fingerprintOf({ connectionPoint, meter, tradingKey, wishes }: Joining, signature: string | null): string {
  return JSON.stringify([connectionPoint, meter, tradingKey, wishes !== null, signature])
}

/** Whether the joining is as far as it can be; where it was refused, the refusal is its own and stops nobody else. */
function isAdvanced(registrar: Registrar, joining: Joining): Promise<boolean> {
  return isDone(
    () => advanceJoining(registrar, joining),
    async (error) => {
      registrar.log.warn({ account: joining.account, code: error.code }, `a joining failed: ${error.message}`)
      await noteFailed(registrar.store, joining.account, error)
    },
  )
}

/** Whether nothing is left of a joining that was given up; what the ledger refuses stops nobody else. */
function isUndone(registrar: Registrar, account: string): Promise<boolean> {
  return isDone(
    () => undoJoining(registrar, account),
    async (error) =>
      registrar.log.warn({ code: error.code }, `a joining that was given up is not undone yet: ${error.message}`),
  )
}

/** Whether the act went through. What it was refused for is told to `refused`; what no joining is to blame for is thrown. */
async function isDone(act: () => Promise<unknown>, refused: (error: DomainError) => Promise<void>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (!(error instanceof DomainError) || NOBODYS_FAULT.includes(error.code)) throw error
    await refused(error)
    return false
  }
}

/** What to tell of an error that time mends; null for a defect. */
function reasonToWait(error: unknown): string | null {
  if (isStoreUnreachable(error)) return 'the database does not answer, or has no room'
  if (isLedgerUnreachable(error)) return `the ledger does not answer: ${messageOf(error)}`
  return error instanceof DomainError ? `${error.message} (${error.code})` : null
}
