import type { Problem } from '../../lib/problem.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'
import { pictureOf, type Picture } from './picture.ts'

export type PictureState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | { readonly status: 'ready'; readonly picture: Picture; readonly stale: Problem | null }

/** The latest metered delivery period of the neighbourhood. */
export function usePicture(): PictureState {
  const fetched = useNeighbourhood(pictureOf)
  if (fetched.status !== 'ready') return fetched
  return fetched.data === null ? { status: 'empty' } : { status: 'ready', picture: fetched.data, stale: fetched.stale }
}
