import { barChart, escapeText, groupedChart, stepChart } from './charts.ts'
import type { AuditReport, ReportCredential, ReportRun, ReportSession } from './report-model.ts'
import { STYLE } from './style.ts'

const LINE_WORDS = {
  energy: 'energy',
  imbalance: 'imbalance',
  gridTariff: 'grid tariff',
  levies: 'levies',
  platformFee: 'platform fee',
} as const
const OBLIGATION_WORDS = {
  gate: 'gate closure',
  clearing: 'clearing',
  readings: 'readings',
  settlement: 'statements',
  payment: 'payment of the initial run',
} as const
const ROWS_SHOWN = 200
/** Roles that many hold: households, their connections and devices. */
const COMMON = new Set([
  'prosumer',
  'consumer',
  'microgrid-trader',
  'connection-point',
  'meter',
  'gateway',
  'battery',
  'ev-charger',
  'heat-pump',
  'pv-inverter',
])

/** The report as a page that needs nothing else. */
export function formatReport(report: AuditReport): string {
  const areas = [...new Set(report.sessions.map(({ area }) => area))]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit of a Commonwatt ledger</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Audit of a Commonwatt ledger</h1>
<p class="quiet">${escapeText(scopeWords(report))}</p>
${verdict(report)}
${facts(report)}
<h2>What was checked</h2>
${checksTable(report)}
${openSection(report)}
${areas.map((area) => areaSection(report, area)).join('\n')}
${moneySection(report)}
${runsSection(report.runs)}
${challengesSection(report)}
${rolesSection(report)}
${credentialsSection(report)}
${contractsSection(report)}
<h2>What this does not say</h2>
<ul>
<li>Whether readings are what the meters measured: meters sign them for the gateway, and only commitments are on the ledger.</li>
<li>${report.members === null ? "What single statements say: give members' data with --data to have their lines computed again." : 'What the statements of other members say: only their roots are on the ledger.'}</li>
<li>Whether every contract computed as it should: what its events say is compared with the rules and with the calls, and what it holds at the end with what was replayed; the ledger machine itself is not run again, so that a transaction that failed is taken to have failed, and state roots are taken as they are.</li>
<li>Whether the validators sealed the blocks: their seals are not verified. A node that makes up a whole ledger, with keys of its own in every role, is seen only by comparing addresses and hashes with others.</li>
<li>Whether a sender's last transactions were left out, where the node hides them together with what they did.</li>
<li>Whether the node's ledger is the one that others see: compare the hash of the last block with another node's.</li>
</ul>
</body>
</html>
`
}

function verdict(report: AuditReport): string {
  const { difference, failure, ledger, seconds } = report
  const head = ledger.head === null ? '' : `Last block ${ledger.head.number}, ${code(ledger.head.hash)}. `
  if (difference !== null) {
    return `<div class="verdict differs" role="alert"><strong class="bad">There is a difference</strong><p>${escapeText(difference.text)}</p><p class="quiet">Everything before it agreed; nothing behind it was looked at.</p></div>`
  }
  if (failure !== null) {
    return `<div class="verdict differs" role="alert"><strong class="bad">The audit was not finished</strong><p>${escapeText(failure.message)}</p><p class="quiet">${head}What was read up to there agreed; what the contracts hold was not asked for.</p></div>`
  }
  const isWhole = report.notChecked.sessions.length + report.notChecked.calls.length === 0
  const words = isWhole ? 'Everything agrees' : 'Everything that can be seen agrees'
  const { endsEarlyAt } = report
  const until =
    endsEarlyAt === null ? '' : `<p>The ledger ends at ${endsEarlyAt}: nothing later was there to be audited.</p>`
  return `<div class="verdict"><strong class="good">${words}</strong><p>${head}Took ${seconds} s.</p>${until}</div>`
}

/** What is neither right nor wrong: what does not show, and what is late. */
function openSection({ notChecked, overdue, releasedUnpaid }: AuditReport): string {
  const unseen = [
    ...notChecked.sessions.map(
      ({ area, period, transaction }) =>
        `<tr><td>clearing of area ${area}, ${timeOf(period)}: not recomputable, since the contract that cleared it does not show its orders</td><td>${code(transaction)}</td></tr>`,
    ),
    ...notChecked.calls.map(
      ({ name, transaction }) =>
        `<tr><td>who called ${escapeText(name)}: through several contracts</td><td>${code(transaction)}</td></tr>`,
    ),
  ]
  const late = [
    ...overdue.map(
      ({ area, day, period, what, dueAt }) =>
        `<tr><td>${area}</td><td>${period === null ? dayOf(day) : timeOf(period)}</td><td>${OBLIGATION_WORDS[what]}</td><td>${new Date(dueAt * 1_000).toISOString().slice(0, 16).replace('T', ' ')}</td></tr>`,
    ),
    ...releasedUnpaid.map(
      ({ area, day, transaction }) =>
        `<tr><td>${area}</td><td>${dayOf(day)}</td><td>released without payment</td><td>${code(transaction)}</td></tr>`,
    ),
  ]
  return [
    unseen.length === 0 ? '' : `<h2>Not checked</h2>${table(['what', 'transaction'], unseen)}`,
    late.length === 0 ? '' : `<h2>Overdue</h2>${table(['area', 'of', 'what is missing', 'due since'], late)}`,
  ].join('\n')
}

function facts({ sessions, runs, checks }: AuditReport): string {
  const volume = sessions.reduce((sum, { volumeWh }) => sum + volumeWh, 0)
  const moved = runs
    .filter(({ isPaid }) => isPaid)
    .reduce((sum, { movedMicroEuro }) => sum + BigInt(movedMicroEuro), 0n)
  const orders = checks.find(({ name }) => name === 'orders')?.count ?? 0
  const items = [
    ['sessions', whole(sessions.length)],
    ['orders', whole(orders)],
    ['energy traded', `${(volume / 1_000).toLocaleString('en', { maximumFractionDigits: 1 })} kWh`],
    ['paid between members', `${euro(moved)} EUR`],
  ]
  return `<dl class="facts">${items.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`
}

function checksTable({ checks, result }: AuditReport): string {
  const rows = checks.map(
    ({ name, words, count, unit }) =>
      `<tr><td>${escapeText(name)}</td><td>${escapeText(words)}</td><td class="number">${whole(count)} <small>${unit}</small></td></tr>`,
  )
  const note = result === 'agrees' ? '' : '<p class="quiet">Counted up to where the audit ended.</p>'
  return `${note}<div class="scroll"><table><thead><tr><th>what</th><th>how</th><th class="number">how many</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function areaSection({ sessions }: AuditReport, area: number): string {
  const own = sessions.filter((session) => session.area === area)
  const points = (valueOf: (session: ReportSession) => number | null) =>
    own.map((session) => ({ label: timeOf(session.period), value: valueOf(session) }))
  return `<h2>Area ${area}</h2>
${stepChart({ title: 'Clearing price', unit: 'EUR/kWh by delivery period', points: points(({ priceMicroEuroPerKwh: price }) => price && price / 1e6), format: (value) => value.toFixed(4) })}
${barChart({ title: 'Volume', unit: 'kWh by delivery period', points: points(({ volumeWh }) => volumeWh / 1_000), format: kilo })}
${barChart({ title: 'Orders', unit: 'by delivery period', points: points(({ orders }) => orders), format: (value) => whole(Math.round(value)) })}
${barChart({ title: 'Gas of clearing', unit: 'thousand gas by delivery period', points: points(({ clearingGas }) => clearingGas / 1_000), format: (value) => whole(Math.round(value)) })}`
}

function moneySection({ money, members, runs }: AuditReport): string {
  if (money !== null && money.length > 0 && members !== null) {
    const series = (Object.keys(LINE_WORDS) as (keyof typeof LINE_WORDS)[]).map((name) => ({
      name: LINE_WORDS[name],
      values: money.map(({ lines }) => Number(lines[name]) / 1e6),
    }))
    const labels = money.map(({ day }) => dayOf(day))
    const unit = `EUR by day and line, ${members.length} members; positive is paid`
    return `<h2>Money</h2>${groupedChart({ title: 'What households pay', unit, labels, series, format: (value) => value.toFixed(2) })}`
  }
  if (runs.length === 0) return ''
  const points = runs.map(({ day, run, movedMicroEuro }) => ({
    label: `${dayOf(day)} ${run}`,
    value: Number(movedMicroEuro) / 1e6,
  }))
  return `<h2>Money</h2>${barChart({ title: 'Paid between members', unit: 'EUR by settlement run', points, format: (value) => value.toFixed(2) })}`
}

function runsSection(runs: readonly ReportRun[]): string {
  if (runs.length === 0) return ''
  const rows = runs.map(
    (run) =>
      `<tr><td>${run.area}</td><td>${dayOf(run.day)}</td><td>${escapeText(run.run)}</td><td class="number">${run.statements}</td><td class="number">${run.payments}</td><td class="number">${euro(BigInt(run.movedMicroEuro))}</td><td>${run.isPaid ? 'paid' : 'committed'}</td><td class="number">${run.paymentGas === null ? '-' : whole(run.paymentGas)}</td></tr>`,
  )
  return `<h2>Settlement runs</h2>${table(['area', 'day', 'run', '#statements', '#payments', '#EUR', 'state', '#gas'], rows)}`
}

function challengesSection({ challenges }: AuditReport): string {
  if (challenges.length === 0) return ''
  const rows = challenges.map(
    (challenge) =>
      `<tr><td>${escapeText(challenge.kind)}</td><td>${challenge.upheld ? 'upheld' : 'rejected'}${challenge.recomputed ? '' : ' <small>(not computed again)</small>'}</td><td class="number">${challenge.member}</td><td>${challenge.period === null ? (challenge.day === null ? '' : dayOf(challenge.day)) : timeOf(challenge.period)}</td><td class="number">${euro(BigInt(challenge.movedMicroEuro))}</td><td>${code(challenge.transaction)}</td></tr>`,
  )
  return `<h2>Challenges</h2>${table(['of', 'outcome', '#member', 'about', '#EUR to the bond', 'transaction'], rows)}`
}

function rolesSection({ roles }: AuditReport): string {
  const rows = roles.map(
    ({ role, account, change, block, transaction }) =>
      `<tr><td>${escapeText(role)}</td><td>${escapeText(change)}</td><td>${code(account)}</td><td class="number">${block}</td><td>${code(transaction)}</td></tr>`,
  )
  return `<h2>Roles</h2>${table(['role', '', 'account', '#block', 'transaction'], rows)}`
}

function credentialsSection({ accreditations, credentials }: AuditReport): string {
  const accredited = accreditations.map(
    ({ issuer, role, area, accreditation, transaction }) =>
      `<tr><td>${escapeText(role)}</td><td>${areaOf(area)}</td><td>${escapeText(accreditation)}</td><td>${code(issuer)}</td><td>${code(transaction)}</td></tr>`,
  )
  const held = credentials
    .filter(({ role }) => !COMMON.has(role))
    .map(
      (credential) =>
        `<tr><td class="number">${credential.number}</td><td>${escapeText(credential.role)}</td><td>${areaOf(credential.area)}</td><td>${code(credential.subject)}</td><td>${code(credential.issuer)}</td><td>${momentOf(credential.validFrom)} to ${momentOf(credential.validUntil)}</td><td>${statusWords(credential)}</td></tr>`,
    )
  const counts = new Map<string, number>()
  for (const { role } of credentials) if (COMMON.has(role)) counts.set(role, (counts.get(role) ?? 0) + 1)
  const others = [...counts].map(([role, count]) => `${whole(count)} as ${escapeText(role)}`).join(', ')
  const note = others === '' ? '' : `<p class="quiet">Beside these, in report.json: ${others}.</p>`
  return [
    accredited.length === 0
      ? ''
      : `<h2>Issuers of credentials</h2>${table(['of role', 'area', '', 'issuer', 'transaction'], accredited)}`,
    held.length === 0
      ? ''
      : `<h2>Who held which role</h2>${table(['#number', 'role', 'area', 'holder', 'issuer', 'valid', 'since'], held)}${note}`,
  ].join('\n')
}

function statusWords({ changes }: ReportCredential): string {
  return changes.map(({ status, at }) => `${escapeText(status)} ${momentOf(at)}`).join(', ')
}

function areaOf(area: number): string {
  return area === 0 ? 'every' : String(area)
}

function momentOf(time: number): string {
  // Beyond the years that a date has four digits for, which a validity may be.
  const latest = 253_402_300_799
  return new Date(Math.min(time, latest) * 1_000).toISOString().slice(0, 16).replace('T', ' ')
}

function contractsSection({ ledger }: AuditReport): string {
  const rows = [
    ...ledger.contracts.map(
      ({ contract, address, transaction }) =>
        `<tr><td>${escapeText(contract)}</td><td>${code(address)}</td><td>${code(transaction)}</td></tr>`,
    ),
    ...ledger.copies.map(
      ({ contract, address, transaction }) =>
        `<tr><td class="quiet">copy of ${escapeText(contract)}, not audited</td><td>${code(address)}</td><td>${code(transaction)}</td></tr>`,
    ),
    ...ledger.foreignCode.map(
      ({ address, transaction }) =>
        `<tr><td class="quiet">not ours</td><td>${code(address)}</td><td>${code(transaction)}</td></tr>`,
    ),
  ]
  return `<h2>Contracts</h2>${table(['contract', 'address', 'created by'], rows)}`
}

function code(text: string): string {
  return `<code>${escapeText(text)}</code>`
}

/** A title that begins with # is that of a column of numbers. */
function table(titles: readonly string[], rows: readonly string[]): string {
  const heads = titles.map((title) =>
    title.startsWith('#') ? `<th class="number">${title.slice(1)}</th>` : `<th>${title}</th>`,
  )
  const rest =
    rows.length > ROWS_SHOWN ? `<p class="quiet">and ${rows.length - ROWS_SHOWN} more in report.json</p>` : ''
  return `<div class="scroll"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.slice(0, ROWS_SHOWN).join('')}</tbody></table></div>${rest}`
}

function scopeWords({ scope, ledger, sessions }: AuditReport): string {
  const first = sessions[0]?.period ?? scope.fromPeriod
  const last = sessions.reduce((latest, { period }) => Math.max(latest, period), first)
  const area = scope.area === null ? 'all areas' : `area ${scope.area}`
  const times = sessions.length === 0 ? 'no session' : `sessions of ${timeOf(first)} to ${timeOf(last + 1)} UTC`
  return `${times}, ${area}, chain ${ledger.chainId}`
}

function timeOf(period: number): string {
  return new Date(period * 900_000).toISOString().slice(0, 16).replace('T', ' ')
}

function dayOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}

function euro(microEuro: bigint): string {
  const amount = microEuro < 0n ? -microEuro : microEuro
  const cents = (amount % 1_000_000n).toString().padStart(6, '0')
  return `${microEuro < 0n ? '-' : ''}${(amount / 1_000_000n).toLocaleString('en')}.${cents}`
}

function whole(value: number): string {
  return value.toLocaleString('en')
}

function kilo(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 })
}
