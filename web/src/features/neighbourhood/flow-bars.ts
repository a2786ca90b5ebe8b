import type { Picture } from './picture.ts'

export type FlowBar = {
  readonly mark: 'leaf' | 'grid-in' | 'grid-out'
  readonly energy: bigint
  /** Of the widest bar, as CSS. */
  readonly width: string
}

/** Three bars on the scale of the widest. */
export function flowBarsOf({ shared, fromGrid, toGrid }: Pick<Picture, 'shared' | 'fromGrid' | 'toGrid'>): FlowBar[] {
  const most = [shared, fromGrid, toGrid].reduce((left, right) => (left > right ? left : right), 1n)
  const widthOf = (energy: bigint) => `${(Number(energy) / Number(most)) * 100}%`
  return [
    { mark: 'leaf', energy: shared, width: widthOf(shared) },
    { mark: 'grid-in', energy: fromGrid, width: widthOf(fromGrid) },
    { mark: 'grid-out', energy: toGrid, width: widthOf(toGrid) },
  ]
}
