import type { Role } from '../../../services/domain/identity/role.ts'
import { LAST_PERIOD, type AuditOptions } from '../audit-options.ts'
import { CONSENT_LINES, type LineName } from '../consent-check.ts'
import { formatDifference, timeOf, type Difference } from '../difference.ts'
import { isDayWithin, isWithin } from '../head-state.ts'
import type { Overdue } from '../obligations.ts'
import { SECONDS_PER_PERIOD } from '../../../services/domain/units.ts'
import type { Accreditation, Status } from '../replay/credentials.ts'
import { ROLE_NAMES } from '../replay/roles.ts'
import { RUN_NAMES } from '../replay/runs.ts'
import type { AuditOutcome } from '../run-audit.ts'

/** A kind of check, and how often it was made. */
export type ReportCheck = {
  readonly name: string
  readonly words: string
  readonly count: number
  readonly unit: string
}

/** A cleared session. Price in micro-euro per kWh, null where nothing was traded. */
export type ReportSession = {
  readonly area: number
  readonly period: number
  readonly priceMicroEuroPerKwh: number | null
  readonly volumeWh: number
  readonly orders: number
  readonly validOrders: number | null
  /** Gas of the transactions that cleared it. */
  readonly clearingGas: number
}

/** A settlement run; `movedMicroEuro` is what it paid from some members to others. */
export type ReportRun = {
  readonly area: number
  readonly day: number
  readonly run: (typeof RUN_NAMES)[number]
  readonly movedMicroEuro: string
  readonly statements: number
  readonly payments: number
  readonly isPaid: boolean
  readonly paymentGas: number | null
}

/** A credential as the ledger has it, which is no more than who issued it to whom; times in unix seconds. */
export type ReportCredential = {
  /** Counted from 1, as they were issued. */
  readonly number: number
  readonly credentialId: string
  readonly role: Role
  /** 0 for every area. */
  readonly area: number
  readonly issuer: string
  readonly subject: string
  readonly validFrom: number
  readonly validUntil: number
  readonly block: number
  readonly transaction: string
  /** What became of it, in its sequence; nothing where it is as it was issued. */
  readonly changes: readonly {
    readonly status: Status
    readonly at: number
    readonly by: string
    readonly transaction: string
  }[]
}

/** The report as machines read it; amounts are decimal strings in micro-euro. */
export type AuditReport = {
  readonly format: 'commonwatt-audit-1'
  /** Unfinished is an audit that the node, or what it was asked for, did not let end. */
  readonly result: 'agrees' | 'differs' | 'unfinished'
  readonly difference: (Difference & { readonly text: string }) | null
  readonly failure: { readonly code: string; readonly message: string } | null
  /** The time at which the ledger ends, ISO 8601, where that is before the end of the scope; null elsewhere. */
  readonly endsEarlyAt: string | null
  /** What could not be checked, since it went through contracts that do not show it. */
  readonly notChecked: {
    readonly sessions: readonly { readonly area: number; readonly period: number; readonly transaction: string }[]
    readonly calls: readonly { readonly name: string; readonly transaction: string }[]
  }
  /** What should have happened by the end of the ledger; `dueAt` in unix seconds, `period` null for a whole day's. */
  readonly overdue: readonly Overdue[]
  /** Days of which nobody settled anything, so that what they had locked was freed. */
  readonly releasedUnpaid: readonly { readonly area: number; readonly day: number; readonly transaction: string }[]
  readonly scope: { readonly fromPeriod: number; readonly toPeriod: number; readonly area: number | null }
  readonly ledger: {
    readonly chainId: number
    readonly head: { readonly number: number; readonly hash: string; readonly timestamp: number } | null
    readonly contracts: readonly { readonly contract: string; readonly address: string; readonly transaction: string }[]
    /** Contracts with our code that are not part of what was audited. */
    readonly copies: readonly { readonly contract: string; readonly address: string; readonly transaction: string }[]
    readonly foreignCode: readonly { readonly address: string; readonly transaction: string }[]
  }
  readonly checks: readonly ReportCheck[]
  readonly sessions: readonly ReportSession[]
  readonly runs: readonly ReportRun[]
  /** Of the access manager, which are not those of the market. */
  readonly roles: readonly {
    readonly role: string
    readonly account: string
    readonly change: 'granted' | 'revoked'
    readonly block: number
    readonly transaction: string
  }[]
  /** Who may issue credentials of which role since when; area 0 is every area. */
  readonly accreditations: readonly {
    readonly issuer: string
    readonly role: Role
    readonly area: number
    readonly accreditation: Accreditation
    readonly block: number
    readonly transaction: string
  }[]
  readonly credentials: readonly ReportCredential[]
  readonly challenges: readonly {
    readonly kind: string
    readonly upheld: boolean
    readonly recomputed: boolean
    readonly area: number
    readonly member: number
    readonly period: number | null
    readonly day: number | null
    readonly movedMicroEuro: string
    readonly transaction: string
  }[]
  /** Micro-euro by day and line over the households whose data were given; null without data. */
  readonly money: readonly { readonly day: number; readonly lines: Readonly<Record<LineName, string>> }[] | null
  readonly members: readonly number[] | null
  readonly seconds: number
}

export function buildReport(
  outcome: AuditOutcome,
  { fromPeriod, toPeriod, area }: Pick<AuditOptions, 'fromPeriod' | 'toPeriod' | 'area'>,
): AuditReport {
  const { difference, failure, deployment, books, consent, agreedBefore, obligations } = outcome
  const scope = { fromPeriod, toPeriod, area }
  /** Of a block that differs, and of those behind it, nothing is said: none of it agreed. */
  const isAgreed = (block: number | undefined): boolean => agreedBefore === null || (block ?? 0) < agreedBefore
  return {
    format: 'commonwatt-audit-1',
    result: difference !== null ? 'differs' : failure === null ? 'agrees' : 'unfinished',
    difference: difference && { ...difference, text: formatDifference(difference) },
    failure: failure && { code: failure.code, message: failure.message },
    endsEarlyAt: endsEarlyAt(outcome, toPeriod),
    notChecked: {
      sessions: outcome.unseenSessions
        .filter(({ place }) => isAgreed(place.block))
        .map(({ area: of, period, place }) => ({ area: of, period, transaction: place.transaction ?? '' })),
      calls: (books?.roles.hidden ?? [])
        .filter(({ block }) => isAgreed(block))
        .map(({ name, transaction }) => ({ name, transaction })),
    },
    overdue: obligations?.overdue ?? [],
    releasedUnpaid: (books?.releases.unpaid ?? [])
      .filter(({ area: of, day, place }) => isDayWithin(scope, of, day) && isAgreed(place.block))
      .map(({ area: of, day, place }) => ({ area: of, day, transaction: place.transaction ?? '' })),
    scope,
    ledger: {
      chainId: outcome.chainId,
      head: outcome.head,
      contracts: (deployment?.creations ?? []).map(({ contract, address, transaction }) => ({
        contract,
        address,
        transaction,
      })),
      copies: outcome.copies.map(({ contract, address, transaction }) => ({ contract, address, transaction })),
      foreignCode: outcome.foreign.map(({ address, transaction }) => ({ address, transaction })),
    },
    checks: checksOf(outcome),
    sessions: sessionsOf(outcome, scope, isAgreed),
    runs: runsOf(outcome, scope, isAgreed),
    roles: (books?.roles.changes ?? [])
      .filter(({ block }) => isAgreed(block))
      .map(({ role, account, change, block, transaction }) => ({
        role: ROLE_NAMES[role.toString()] ?? role.toString(),
        account,
        change,
        block,
        transaction,
      })),
    accreditations: (books?.credentials.accreditationChanges ?? []).filter(({ block }) => isAgreed(block)),
    credentials: credentialsOf(outcome, isAgreed),
    challenges: (books?.challenges.outcomes ?? [])
      .filter(({ block }) => isAgreed(block))
      .map(({ moved, kind, upheld, recomputed, area: of, member, period, day, transaction }) => ({
        kind,
        upheld,
        recomputed,
        area: of,
        member,
        period,
        day,
        movedMicroEuro: moved.toString(),
        transaction,
      })),
    money:
      consent &&
      [...consent.money]
        .sort(([one], [other]) => one - other)
        .map(([day, lines]) => ({
          day,
          lines: Object.fromEntries(CONSENT_LINES.map((name) => [name, lines[name].toString()])) as Record<
            LineName,
            string
          >,
        })),
    members: consent && consent.members,
    seconds: Math.round(outcome.seconds * 10) / 10,
  }
}

function checksOf({ counts, books, consent, deployment }: AuditOutcome): ReportCheck[] {
  const challenges = books?.challenges.outcomes ?? []
  const checks: ReportCheck[] = [
    {
      name: 'blocks',
      words: "each block's hash from its header, and its link to the one before",
      count: counts.blocks,
      unit: 'blocks',
    },
    {
      name: 'transactions',
      words: "hashes, senders' signatures and numbers, transactions root, receipts root, log filter and gas",
      count: counts.transactions,
      unit: 'transactions',
    },
    {
      name: 'contracts',
      words: 'created from the compiled code, tied to one another, and still that code at the end',
      count: deployment?.creations.length ?? 0,
      unit: 'contracts',
    },
    {
      name: 'roles',
      words: `whoever made a restricted call held its role, or a credential of it, then; through other contracts, so not checked: ${books?.roles.hidden.length ?? 0}`,
      count: counts.restrictedCalls,
      unit: 'calls',
    },
    {
      name: 'credentials',
      words: 'issued by who was accredited, changed by who may, each with its number',
      count: books?.credentials.all.size ?? 0,
      unit: 'credentials',
    },
    {
      name: 'key pages',
      words: 'trading keys, sides, limits and allowances made again from register, credentials and accounts',
      count: counts.keyPages,
      unit: 'pages',
    },
    {
      name: 'orders',
      words: 'hash, every signature, every rule; of these void: ' + counts.voidOrders,
      count: counts.orders,
      unit: 'orders',
    },
    {
      name: 'calls',
      words: 'each direct call left its event, and the event says what the call said',
      count: counts.events,
      unit: 'events',
    },
    { name: 'clearing', words: 'price, sums and every fill by the rule', count: counts.sessions, unit: 'sessions' },
    {
      name: 'readings',
      words: 'commitments: versions, sequence and deadlines',
      count: counts.readings,
      unit: 'commitments',
    },
    {
      name: 'settlement',
      words: 'statements: sequence and times; payments, paid or not: total, zero sum, and as they were committed',
      count: counts.payments,
      unit: 'payments',
    },
    {
      name: 'challenges',
      words: 'outcomes, what corrections moved, owe and hold back, stakes and rewards',
      count: challenges.length,
      unit: 'challenges',
    },
    {
      name: 'state',
      words:
        'access manager, credentials, owners, calendars, tariffs, balances, debts, locks, funds, bonds, sessions and runs as the contracts hold them',
      count: counts.stateValues,
      unit: 'values',
    },
  ]
  if (consent === null) return checks
  return [
    ...checks,
    { name: "members' readings", words: 'each proven under its root', count: consent.readings, unit: 'readings' },
    {
      name: "members' meters",
      words: 'their signatures, and that what says it was metered is what they signed',
      count: consent.signedReadings,
      unit: 'readings',
    },
    { name: "members' statements", words: 'every line computed again', count: consent.lines, unit: 'lines' },
    { name: 'whole roots', words: 'computed from all of their leaves', count: consent.wholeRoots, unit: 'roots' },
    {
      name: 'institutions',
      words: 'what supplier, DSO, tax authority and platform operator receive by the lines of all households',
      count: consent.institutionRuns,
      unit: 'runs',
    },
  ]
}

type Scope = AuditReport['scope']

type IsAgreed = (block: number | undefined) => boolean

function credentialsOf({ books }: AuditOutcome, isAgreed: IsAgreed): ReportCredential[] {
  return [...(books?.credentials.all.values() ?? [])]
    .filter(({ block }) => isAgreed(block))
    .map(
      ({ number, credentialId, role, area, issuer, subject, validFrom, validUntil, block, transaction, changes }) => ({
        number,
        credentialId,
        role,
        area,
        issuer,
        subject,
        validFrom,
        validUntil,
        block,
        transaction,
        changes: changes
          .filter((change) => isAgreed(change.block))
          .map(({ status, at, by, transaction: of }) => ({ status, at, by, transaction: of })),
      }),
    )
}

function sessionsOf({ books, orderCounts }: AuditOutcome, scope: Scope, isAgreed: IsAgreed): ReportSession[] {
  return [...(books?.sessions.all.values() ?? [])]
    .map(({ cleared }) => cleared)
    .filter((session) => session !== null)
    .filter(({ area, period, place }) => isWithin(scope, area, period) && isAgreed(place.block))
    .map(({ area, period, price, volume, orderCount, gasUsed }) => ({
      area,
      period,
      priceMicroEuroPerKwh: volume === 0 ? null : price,
      volumeWh: volume,
      orders: orderCount,
      validOrders: orderCounts.get(`${area}:${period}`) ?? null,
      clearingGas: gasUsed,
    }))
    .sort((one, other) => one.area - other.area || one.period - other.period)
}

function runsOf({ books }: AuditOutcome, scope: Scope, isAgreed: IsAgreed): ReportRun[] {
  return [...(books?.runs.all.values() ?? [])]
    .filter(({ area, day, place }) => isDayWithin(scope, area, day) && isAgreed(place.block))
    .map(({ paid, ...run }) => ({ ...run, paid: paid !== null && isAgreed(paid.place.block) ? paid : null }))
    .map(({ area, day, run, total, count, payments, paid }) => ({
      area,
      day,
      run: RUN_NAMES[run] ?? 'final',
      movedMicroEuro: total.toString(),
      statements: count,
      payments: payments.length,
      isPaid: paid !== null,
      paymentGas: paid?.gasUsed ?? null,
    }))
    .sort(
      (one, other) =>
        one.area - other.area || one.day - other.day || RUN_NAMES.indexOf(one.run) - RUN_NAMES.indexOf(other.run),
    )
}

function endsEarlyAt({ difference, failure, head }: AuditOutcome, toPeriod: number): string | null {
  if (difference !== null || failure !== null || head === null || toPeriod === LAST_PERIOD) return null
  return head.timestamp < (toPeriod + 1) * SECONDS_PER_PERIOD ? timeOf(head.timestamp) : null
}
