import type { AdjustmentRule } from '../domain/flexibility/baseline/same-day-adjustment.ts'
import {
  fallbackOf,
  requireMethod,
  type BaselineMethod,
  type BaselineMethodName,
} from '../domain/flexibility/baseline/baseline-method.ts'
import { DomainError } from '../domain/errors.ts'
import { packRecords, unpackRecords, type PackedRecord, type RecordLayout } from './packed-records.ts'

type Field = 'method' | 'a' | 'b' | 'c' | 'adjustment' | 'cap' | 'window' | 'gap'

const LAYOUT: RecordLayout<Field> = [
  ['method', 1, 'unsigned'],
  ['a', 3, 'unsigned'],
  ['b', 3, 'unsigned'],
  ['c', 3, 'unsigned'],
  ['adjustment', 1, 'unsigned'],
  ['cap', 2, 'unsigned'],
  ['window', 1, 'unsigned'],
  ['gap', 1, 'unsigned'],
]
/** In the sequence of the contract's numbers. */
const METHODS: readonly BaselineMethodName[] = [
  'nomination',
  'meter-before-meter-after',
  '10-of-10',
  'high-5-of-10',
  'control-group',
]
const MOST_METHODS = 5
const NO_PARAMETERS = { a: 0n, b: 0n, c: 0n }
const NO_ADJUSTMENT = { adjustment: 0n, cap: 0n, window: 0n, gap: 0n }

/**
 * A product's baseline method and what stands in for it, 15 bytes each, 0x-hex: method 1, a 3, b 3, c 3, adjustment 1, cap in
 * percent 2, window 1, gap 1. Throws `baseline-method-invalid` for more than five methods.
 */
export function packBaseline(method: BaselineMethod): string {
  const methods: BaselineMethod[] = []
  for (let next: BaselineMethod | null = method; next !== null; next = fallbackOf(next)) methods.push(next)
  if (methods.length > MOST_METHODS) throw invalid(`${methods.length} baseline methods are more than ${MOST_METHODS}`)
  return packRecords(LAYOUT, methods.map(recordOf))
}

/** Throws `packed-malformed` or `baseline-method-invalid`. */
export function unpackBaseline(packed: string): BaselineMethod {
  const records = unpackRecords(LAYOUT, packed)
  const method = records.reduceRight<BaselineMethod | null>((fallback, record) => methodOf(record, fallback), null)
  if (method === null || records.length > MOST_METHODS) {
    throw invalid(`${records.length} baseline methods are not 1 to ${MOST_METHODS}`)
  }
  return method
}

function recordOf(method: BaselineMethod): PackedRecord<Field> {
  const number = BigInt(METHODS.indexOf(method.name))
  switch (method.name) {
    case 'nomination':
      return { method: number, ...NO_PARAMETERS, ...NO_ADJUSTMENT, a: BigInt(method.gateClosureLeadSeconds) }
    case 'meter-before-meter-after': {
      const [a, b] = [BigInt(method.periodsBefore), BigInt(method.periodsAfter)]
      return { method: number, ...NO_PARAMETERS, ...NO_ADJUSTMENT, a, b }
    }
    case '10-of-10':
    case 'high-5-of-10':
      return {
        method: number,
        ...NO_PARAMETERS,
        ...adjustmentRecordOf(method.adjustment),
        a: BigInt(method.lookBackDays),
      }
    case 'control-group': {
      const [a, b, c] = [BigInt(method.days), BigInt(method.lookBackDays), BigInt(method.fewestMembers)]
      return { method: number, ...NO_ADJUSTMENT, a, b, c }
    }
  }
}

function adjustmentRecordOf(
  rule: AdjustmentRule | null,
): Pick<PackedRecord<Field>, 'adjustment' | 'cap' | 'window' | 'gap'> {
  if (rule === null) return NO_ADJUSTMENT
  return {
    adjustment: rule.kind === 'additive' ? 1n : 2n,
    cap: BigInt(rule.capPercent),
    window: BigInt(rule.windowPeriods),
    gap: BigInt(rule.gapPeriods),
  }
}

function methodOf(record: PackedRecord<Field>, fallback: BaselineMethod | null): BaselineMethod {
  const name = METHODS[Number(record.method)]
  if (name === undefined) throw invalid(`${record.method} is no number of a baseline method`)
  const method = namedMethodOf(name, record, fallback)
  if (fallback !== null && !('fallback' in method)) throw invalid(`nothing stands in for ${name}`)
  requireMethod(method)
  return method
}

function namedMethodOf(
  name: BaselineMethodName,
  record: PackedRecord<Field>,
  fallback: BaselineMethod | null,
): BaselineMethod {
  const [a, b, c] = [Number(record.a), Number(record.b), Number(record.c)]
  switch (name) {
    case 'nomination':
      return { name, gateClosureLeadSeconds: a }
    case 'meter-before-meter-after':
      return { name, periodsBefore: a, periodsAfter: b }
    case '10-of-10':
    case 'high-5-of-10':
      return { name, lookBackDays: a, adjustment: adjustmentOf(record), fallback }
    case 'control-group':
      return { name, days: a, lookBackDays: b, fewestMembers: c, fallback }
  }
}

function adjustmentOf({ adjustment, cap, window, gap }: PackedRecord<Field>): AdjustmentRule | null {
  if (adjustment === 0n) return null
  if (adjustment > 2n) throw invalid(`${adjustment} is no number of an adjustment`)
  return {
    kind: adjustment === 1n ? 'additive' : 'multiplicative',
    capPercent: Number(cap),
    windowPeriods: Number(window),
    gapPeriods: Number(gap),
  }
}

function invalid(message: string): DomainError {
  return new DomainError('baseline-method-invalid', message)
}
