import { parseArgs } from 'node:util'
import { z } from 'zod'
import { DomainError } from '../../services/domain/errors.ts'

/** What is audited. Periods are delivery periods; `toPeriod` is the last one. */
export type AuditOptions = {
  readonly url: string
  readonly fromPeriod: number
  readonly toPeriod: number
  /** Null for every area. */
  readonly area: number | null
  readonly settlement: string | undefined
  readonly dataFiles: readonly string[]
  readonly outFolder: string
}

export const AUDIT_HELP = `usage: commonwatt audit --from <time> --to <time> [options]

Recomputes what happened on a ledger, and stops at the first difference.
Times are ISO 8601 (2026-11-20, 2026-11-20T12:15Z) or delivery periods (unix seconds / 900); --to is not included
where it is a time, and included where it is a period. Without them everything is audited.

  --area <n>              one area only [all of them]
  --ledger <url>          JSON-RPC of a ledger node [http://127.0.0.1:8421] (COMMONWATT_LEDGER_URL)
  --settlement <address>  which deployment, where the ledger holds several
  --data <file>           data of consenting members, as /api/households/<member>/evidence answers them and whom they let
                          read it; may be repeated
  --out <folder>          where report.html and report.json are written [audit-<date>]

Exit code: 0 nothing differs, 1 a difference, what is overdue beyond every deadline, or a ledger that cannot be audited or
ends before a --to that is past, 2 wrong options.
`

/** The end of all time: what `--to` is where it is not given. */
export const LAST_PERIOD = 2 ** 32 - 1
const SECONDS_PER_PERIOD = 900
const DEFAULT_URL = 'http://127.0.0.1:8421'

const TIME = /^(\d{4}-\d{2}-\d{2})(?:(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/

const url = z.string().refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), {
  error: '--ledger must be a URL that starts with http:// or https://',
})
const area = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, { error: '--area must be a number, such as 1' })
  .transform(Number)
  .refine((value) => value <= LAST_PERIOD, { error: '--area must be a number below 2^32' })
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, { error: '--settlement must be an address, 0x and 40 hex digits' })

/** Throws `settings-invalid`, with what is wrong in words. `now` names the folder of the reports. */
export function parseAuditOptions(
  commandArguments: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  now: Date,
): AuditOptions {
  const flags = parseFlags(commandArguments)
  const fromPeriod = flags.from === undefined ? 0 : periodOf('--from', flags.from, 'up')
  const toPeriod = flags.to === undefined ? LAST_PERIOD : periodOf('--to', flags.to, 'down')
  if (toPeriod < fromPeriod) throw invalid(emptyWords(flags.from ?? '', flags.to ?? ''))
  if (flags.out === '') throw invalid('--out must name a folder')
  return {
    url: checked(url, flags.ledger ?? environment.COMMONWATT_LEDGER_URL ?? DEFAULT_URL),
    fromPeriod,
    toPeriod,
    area: flags.area === undefined ? null : checked(area, flags.area),
    settlement: flags.settlement === undefined ? undefined : checked(address, flags.settlement),
    dataFiles: flags.data ?? [],
    outFolder: flags.out ?? `audit-${now.toISOString().slice(0, 10)}`,
  }
}

/** A time that is no start of a quarter-hour means the next one for --from, the last one before it for --to. */
function periodOf(flag: string, value: string, rounded: 'up' | 'down'): number {
  const problem = `${flag} "${value}" is neither a time (2026-11-20, 2026-11-20T12:15Z) nor a delivery period (1994500)`
  if (/^\d{1,7}$/.test(value)) return Number(value)
  const [, date, time = 'T00:00', zone = 'Z'] = TIME.exec(value) ?? []
  const milliseconds = Date.parse(`${date}${time}${zone}`)
  // Dates roll over silently: 30 February would be a day in March.
  const isDate = date !== undefined && new Date(Date.parse(date) || 0).toISOString().startsWith(date)
  if (!isDate || Number.isNaN(milliseconds) || milliseconds < 0) throw invalid(problem)
  const periods = milliseconds / 1_000 / SECONDS_PER_PERIOD
  return rounded === 'up' ? Math.ceil(periods) : Math.ceil(periods) - 1
}

function emptyWords(from: string, to: string): string {
  if (from !== to || !/^\d{4}-\d{2}-\d{2}$/.test(to)) return '--to lies before --from'
  const next = new Date(Date.parse(to) + 86_400_000).toISOString().slice(0, 10)
  return `--from ${from} --to ${to} leaves nothing: --to is not included; for that day give --to ${next}`
}

function parseFlags(commandArguments: readonly string[]) {
  const text = { type: 'string' as const }
  try {
    const { values, tokens } = parseArgs({
      args: [...commandArguments],
      allowPositionals: false,
      tokens: true,
      options: {
        from: text,
        to: text,
        area: text,
        ledger: text,
        settlement: text,
        out: text,
        data: { type: 'string', multiple: true },
      },
    })
    const names = tokens.flatMap((token) => (token.kind === 'option' && token.name !== 'data' ? token.name : []))
    const twice = names.find((name, place) => names.indexOf(name) !== place)
    if (twice !== undefined) throw new TypeError(`--${twice} is given twice`)
    return values
  } catch (error) {
    throw invalid(`${(error as Error).message.split('. ')[0]}. --help shows the options.`)
  }
}

function checked<Value>(schema: z.ZodType<Value>, value: string): Value {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(parsed.error.issues[0]?.message ?? 'is not valid')
}

function invalid(message: string): DomainError {
  return new DomainError('settings-invalid', message)
}
