import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { abis, bytecodes } from '../services/chain/generated/contracts.ts'
import { DomainError } from '../services/domain/errors.ts'
import { AUDIT_HELP, parseAuditOptions, type AuditOptions } from './audit/audit-options.ts'
import { parseConsentData, type ConsentData } from './audit/consent-data.ts'
import { mergeConsent } from './audit/consent-merge.ts'
import { formatDifference } from './audit/difference.ts'
import { formatReport } from './audit/report/report-html.ts'
import { buildReport, type AuditReport } from './audit/report/report-model.ts'
import { runAudit, type AuditOutcome, type Progress } from './audit/run-audit.ts'

const PROGRESS_EVERY_MS = 2_000
const USAGE_ERROR = 2

/** `commonwatt audit`: 0 where everything agrees, 1 at the first difference, 2 for wrong options. */
export async function audit(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(AUDIT_HELP)
    return 0
  }
  let options: AuditOptions
  let consent: ConsentData[]
  try {
    options = parseAuditOptions(commandArguments, process.env, new Date())
    consent = mergeConsent(options.dataFiles.flatMap((file) => parseConsentData(readText(file), file)))
    mkdirSync(options.outFolder, { recursive: true })
  } catch (error) {
    if (!(error instanceof DomainError) && (error as NodeJS.ErrnoException).code === undefined) throw error
    console.error(`${(error as Error).message}\n\n${AUDIT_HELP}`)
    return USAGE_ERROR
  }

  const outcome = await runAudit(
    { ...options, consent, now: Math.floor(Date.now() / 1_000) },
    { abis, bytecodes },
    progressPrinter(),
  )
  // Said first: the reports may not be writable.
  if (outcome.difference !== null) console.error(`DIFFERENCE ${formatDifference(outcome.difference)}`)
  if (outcome.failure !== null) console.error(`NOT FINISHED ${outcome.failure.message}`)
  const report = buildReport(outcome, options)
  const files = [
    ['report.html', formatReport(report)],
    ['report.json', `${JSON.stringify(report, null, 2)}\n`],
  ] as const
  try {
    for (const [name, text] of files) writeFileSync(path.join(options.outFolder, name), text)
  } catch (error) {
    console.error(`The report cannot be written: ${(error as Error).message}`)
    return 1
  }
  return conclude(outcome, report, options.outFolder)
}

function conclude(
  { difference, failure, counts, seconds, foreign }: AuditOutcome,
  report: AuditReport,
  folder: string,
) {
  for (const { address, transaction } of foreign)
    console.log(`Not ours: the code at ${address}, created by transaction ${transaction}.`)
  console.log(`Report: ${path.join(folder, 'report.html')}, ${path.join(folder, 'report.json')}`)
  if (difference !== null || failure !== null) return 1
  const { sessions, calls } = report.notChecked
  if (sessions.length > 0)
    console.log(`Not recomputable: ${sessions.length} sessions that contracts cleared; see the report.`)
  if (calls.length > 0)
    console.log(`Not checked: who made ${calls.length} calls through several contracts; see the report.`)
  if (report.endsEarlyAt !== null)
    console.log(`The ledger ends at ${report.endsEarlyAt}, before --to: nothing later was there to be audited.`)
  if (report.overdue.length > 0) console.log(`Overdue: ${report.overdue.length}; see the report.`)
  const words = sessions.length + calls.length > 0 ? 'Everything that can be seen agrees' : 'Everything agrees'
  console.log(
    `${words}: ${counts.blocks} blocks, ${counts.transactions} transactions, ${counts.orders} orders in ` +
      `${counts.sessions} sessions, ${counts.payments} payments in ${counts.runs} runs, ${counts.stateValues} values of the ` +
      `contracts' state, in ${seconds.toFixed(1)} s.`,
  )
  return 0
}

function progressPrinter(): (progress: Progress) => void {
  let printed = performance.now()
  return ({ block, head, orders }) => {
    if (performance.now() - printed < PROGRESS_EVERY_MS) return
    printed = performance.now()
    console.error(`block ${block} of ${head}, ${orders} orders`)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new DomainError('consent-data-unreadable', `${file} cannot be read: ${(error as Error).message}`)
  }
}
