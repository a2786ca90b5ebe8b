import type { ResourceType } from '../content/resource-value.ts'

type Facts = Partial<Record<ResourceType, readonly (number | readonly [first: number, last: number])[]>>

/** Time, fraction of a second, quality indicator and level of what was measured, which most objects share. */
const TIMED = { time: [5518], float: [6050], integer: [6042, 6049] } as const
const SENSOR: Facts = { ...TIMED, float: [6050, 5700, [5601, 5604], 5821], string: [5701, 5750] }

/** Types of the resources of the objects that are read and written, by the objects' definitions. */
const FACTS: ReadonlyMap<number, Facts> = new Map<number, Facts>([
  [
    3,
    {
      string: [
        [0, 3],
        [14, 19],
      ],
      integer: [[6, 11], 20, 21],
      time: [13],
      link: [22],
    },
  ],
  [3303, SENSOR],
  [
    3305,
    {
      ...TIMED,
      float: [6050, [5800, 5806], [5810, 5816], 5820, 5821],
      string: [5750],
    },
  ],
  [3306, { time: [5518], float: [6050], boolean: [5850], integer: [5851, 5852], string: [5853, 5750] }],
  [3308, { time: [5518], float: [6050, 5900], string: [5701, 5706, 5750] }],
  [3310, { time: [5518, 5824], float: [6050], string: [5823, 5750], integer: [[5825, 5828]] }],
  [3312, { time: [5518], float: [6050, 5805, 5820], boolean: [5850], integer: [5851, 5852], string: [5750] }],
  [3316, SENSOR],
  [3317, SENSOR],
  [3318, SENSOR],
  [3331, { ...TIMED, float: [6050, 5700], string: [5701, 5750] }],
  [
    3411,
    {
      time: [5518],
      float: [6050, 2, 3],
      integer: [6042, 6049, 1, 5, 8, 10],
      string: [4, 12],
      boolean: [6, 7, 9],
    },
  ],
  [
    3421,
    {
      ...TIMED,
      float: [6050, 1, 2, 4, 6, 7, 9, [11, 14], [16, 52], [54, 57]],
      boolean: [3, 5, 8, 10, 15, 53, 58],
    },
  ],
  [
    3422,
    {
      ...TIMED,
      float: [6050, [1, 28], [31, 34], 39],
      integer: [6042, 6049, 29, 30, [36, 38]],
      boolean: [35, 40, 41, 42],
    },
  ],
  [10242, { string: [[0, 3]], float: [[4, 50]] }],
  [10243, { string: [[0, 3]], float: [[4, 17]] }],
])

const TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [...FACTS].flatMap(([object, facts]) =>
    Object.entries(facts).flatMap(([type, resources]) =>
      resources.flatMap(idsOf).map((resource) => [`${object}/${resource}`, type as ResourceType] as const),
    ),
  ),
)

/** The type of an object's resource; null where it is not known, or is one to be executed. */
export function resourceTypeOf(object: number, resource: number): ResourceType | null {
  return TYPES.get(`${object}/${resource}`) ?? null
}

function idsOf(range: number | readonly [number, number]): readonly number[] {
  if (typeof range === 'number') return [range]
  const [first, last] = range
  return Array.from({ length: last - first + 1 }, (_, position) => first + position)
}
