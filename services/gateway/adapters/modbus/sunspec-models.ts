import type { Quantity } from '../../../domain/devices/quantity.ts'
import type { Point } from './sunspec-values.ts'

/** What of a model is measured as what. */
export type MeasuredPoint = {
  readonly quantity: Quantity
  readonly point: Point
  /** Ten to this power makes the quantity's unit of the model's. */
  readonly power: number
  /** -1 where the model counts positive what flows out of the device. */
  readonly sign: 1 | -1
}

/** A scale factor's place, or none for floats. */
function pointOf(type: Point['type'], at: number, scaleAt?: number): Point {
  return scaleAt === undefined ? { at, type } : { at, type, scaleAt }
}

function row(quantity: Quantity, point: Point, power = 0, sign: 1 | -1 = 1): MeasuredPoint {
  return { quantity, point, power, sign }
}

const INVERTER = [
  row('produced-register', pointOf('acc32', 22, 24)),
  row('active-power', pointOf('int16', 12, 13), 0, -1),
  row('reactive-power', pointOf('int16', 18, 19), 0, -1),
  row('apparent-power', pointOf('int16', 16, 17)),
  row('voltage', pointOf('uint16', 8, 11), 3),
  row('current', pointOf('uint16', 0, 4), 3),
  row('frequency', pointOf('uint16', 14, 15), 3),
  row('temperature', pointOf('int16', 31, 35), 3),
]

const FLOAT_INVERTER = [
  row('produced-register', pointOf('float32', 30)),
  row('active-power', pointOf('float32', 20), 0, -1),
  row('reactive-power', pointOf('float32', 26), 0, -1),
  row('apparent-power', pointOf('float32', 24)),
  row('voltage', pointOf('float32', 14), 3),
  row('current', pointOf('float32', 0), 3),
  row('frequency', pointOf('float32', 22), 3),
  row('temperature', pointOf('float32', 38), 3),
]

/** DER AC measurement: of what gives and takes, such as an inverter with a battery. */
const DER = [
  row('produced-register', pointOf('uint64', 17, 118)),
  row('consumed-register', pointOf('uint64', 21, 118)),
  row('active-power', pointOf('int16', 8, 114), 0, -1),
  row('reactive-power', pointOf('int16', 10, 117), 0, -1),
  row('apparent-power', pointOf('int16', 9, 116)),
  row('voltage', pointOf('uint16', 14, 112), 3),
  row('current', pointOf('int16', 12, 111), 3),
  row('frequency', pointOf('uint32', 15, 113), 3),
  row('temperature', pointOf('int16', 34, 120), 3),
]

const METER = [
  row('import-register', pointOf('acc32', 44, 52)),
  row('export-register', pointOf('acc32', 36, 52)),
  row('active-power', pointOf('int16', 16, 20)),
  row('reactive-power', pointOf('int16', 26, 30)),
  row('apparent-power', pointOf('int16', 21, 25)),
  row('voltage', pointOf('int16', 6, 13), 3),
  row('current', pointOf('int16', 0, 4), 3),
  row('frequency', pointOf('int16', 14, 15), 3),
]

const FLOAT_METER = [
  row('import-register', pointOf('float32', 66)),
  row('export-register', pointOf('float32', 58)),
  row('active-power', pointOf('float32', 26)),
  row('reactive-power', pointOf('float32', 42)),
  row('apparent-power', pointOf('float32', 34)),
  row('voltage', pointOf('float32', 10), 3),
  row('current', pointOf('float32', 0), 3),
  row('frequency', pointOf('float32', 24), 3),
]

/** One of them measures a device that is no meter of a connection; 701 says most. */
export const INVERTER_MODELS: ReadonlyMap<number, readonly MeasuredPoint[]> = new Map([
  [701, DER],
  [101, INVERTER],
  [102, INVERTER],
  [103, INVERTER],
  [111, FLOAT_INVERTER],
  [112, FLOAT_INVERTER],
  [113, FLOAT_INVERTER],
])

export const METER_MODELS: ReadonlyMap<number, readonly MeasuredPoint[]> = new Map([
  ...[201, 202, 203, 204].map((id) => [id, METER] as const),
  ...[211, 212, 213, 214].map((id) => [id, FLOAT_METER] as const),
])

/** How full a battery is: its own word before that of its inverter. Percent becomes thousandths. */
export const CHARGE_MODELS: ReadonlyMap<number, MeasuredPoint> = new Map([
  [802, row('state-of-charge', pointOf('uint16', 9, 54), 1)],
  [713, row('state-of-charge', pointOf('uint16', 2, 6), 1)],
  [124, row('state-of-charge', pointOf('uint16', 6, 20), 1)],
])

export const COMMON_MODEL = 1

/** Power to which percentages of a device refer, the newest word first. */
export const POWER_MODELS: ReadonlyMap<number, readonly Point[]> = new Map([
  [121, [pointOf('uint16', 0, 20)]],
  [702, [pointOf('uint16', 24, 43), pointOf('uint16', 0, 43)]],
  [120, [pointOf('uint16', 1, 2)]],
])

export const IMMEDIATE_CONTROLS = {
  id: 123,
  connection: 2,
  limit: 3,
  limitEnabled: 7,
  limitScale: 21,
} as const

export const STORAGE_CONTROLS = {
  id: 124,
  mostCharge: pointOf('uint16', 0, 16),
  mode: 3,
  reserve: 5,
  /** The rate of discharging, and after it that of charging. */
  rates: 10,
  reserveScale: 19,
  ratesScale: 23,
} as const

export const DER_CONTROLS = {
  id: 704,
  limitEnabled: 12,
  limit: 13,
  setPointEnabled: 20,
  /** 1 where the set-point is in W. */
  setPointMode: 21,
  setPoint: 22,
  limitScale: 52,
  setPointScale: 53,
} as const
