import type { HomeInPicture, HomeState } from './picture.ts'

/** Lengths in units of the picture, which is a square of this size. */
export const RING_SIZE = 640
export const COMMONS_RADIUS = 108
export const GRID_RADIUS = 306
const CENTRE = RING_SIZE / 2
const HOME_RADIUS = 222
const WIDEST_RIBBON = 30
const THINNEST_RIBBON = 1.5
/** Below this size a home is a dot without a label. */
const SMALLEST_LABELLED_HOME = 15

export type Ribbon = {
  readonly path: string
  readonly width: number
  /** Width of what is left empty inside, so that the ribbon is an outline. */
  readonly hollow: number
  /** Whether it is wide enough to show which way the energy went. */
  readonly flows: boolean
  readonly kind: RibbonKind
}
/** `to commons` and `from commons` among neighbours; `from grid` and `to grid` beside them. */
export type RibbonKind = 'to commons' | 'from commons' | 'from grid' | 'to grid'

export type RingHome = {
  readonly memberId: number
  readonly name: string
  readonly state: HomeState
  readonly x: number
  readonly y: number
  readonly size: number
  readonly outlineWidth: number
  /** Null where the home is too small for one. */
  readonly label: string | null
  readonly outline: string
  readonly ribbons: readonly Ribbon[]
}

/** Homes around the commons, in the order given and clockwise from the top; the width of a ribbon is its energy. */
export function ringOf(homes: readonly HomeInPicture[]): RingHome[] {
  const room = (2 * Math.PI * HOME_RADIUS) / Math.max(homes.length, 6)
  const size = clamp(room * 0.2, 3, 30)
  const widest = Math.min(WIDEST_RIBBON, room * 0.4)
  const most = largestFlowOf(homes)

  return homes.map(({ memberId, name, state, flows }, index) => {
    const angle = (index / homes.length) * 2 * Math.PI - Math.PI / 2
    const { x, y } = pointAt(angle, HOME_RADIUS)
    const widthOf = (wh: bigint) => Math.max(THINNEST_RIBBON, (Number(wh) / most) * widest)
    const ribbons: Ribbon[] = []
    const draw = (kind: RibbonKind, wh: bigint, path: string) => {
      if (wh === 0n) return
      const width = round(widthOf(wh))
      ribbons.push({
        kind,
        width,
        hollow: kind === 'to grid' ? round(Math.max(0, width - 3.5)) : 0,
        flows: width >= 5,
        path,
      })
    }
    if (flows !== null) {
      draw('to commons', flows.toNeighbours, inwardPath(angle, size))
      draw('from commons', flows.fromNeighbours, inwardPath(angle, size))
      draw('from grid', flows.fromGrid, outwardPath(angle, size))
      draw('to grid', flows.toGrid, outwardPath(angle, size))
    }
    const label = size >= SMALLEST_LABELLED_HOME ? shortNameOf(name) : null
    return {
      memberId,
      name,
      state,
      x,
      y,
      size: round(size),
      outlineWidth: round(Math.min(2.5, size * 0.3)),
      label,
      outline: houseAt(x, y, size),
      ribbons,
    }
  })
}

/** The part of a name that tells it from its neighbours': its number, or else its first three letters. */
export function shortNameOf(name: string): string {
  const digits = /(\d{1,3})\D*$/.exec(name)?.[1]
  return digits === undefined ? name.slice(0, 3) : String(Number(digits))
}

function inwardPath(angle: number, size: number): string {
  const home = pointAt(angle, HOME_RADIUS - size * 0.6)
  const gate = pointAt(angle + 0.16, COMMONS_RADIUS)
  const bend = pointAt(angle + 0.03, (HOME_RADIUS + COMMONS_RADIUS) / 2)
  return `M${home.x} ${home.y}Q${bend.x} ${bend.y} ${gate.x} ${gate.y}`
}

function outwardPath(angle: number, size: number): string {
  const home = pointAt(angle, HOME_RADIUS + size * 0.6)
  const gate = pointAt(angle, GRID_RADIUS)
  return `M${gate.x} ${gate.y}L${home.x} ${home.y}`
}

/** A house with its roof: five corners, its middle at (x, y). */
function houseAt(x: number, y: number, size: number): string {
  const at = (dx: number, dy: number) => `${round(x + dx * size)} ${round(y + dy * size)}`
  return `M${at(0, -1.15)}L${at(1, -0.3)}V${round(y + size * 0.9)}H${round(x - size)}V${round(y - size * 0.3)}Z`
}

function largestFlowOf(homes: readonly HomeInPicture[]): number {
  const flows = homes.flatMap((home) => (home.flows === null ? [] : Object.values(home.flows).map(Number)))
  return Math.max(1, ...flows)
}

function pointAt(angle: number, radius: number): { x: number; y: number } {
  return { x: round(CENTRE + radius * Math.cos(angle)), y: round(CENTRE + radius * Math.sin(angle)) }
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(highest, Math.max(lowest, value))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
