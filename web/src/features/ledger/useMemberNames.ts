import type { Neighbourhood } from '../../lib/api-client.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'

const NONE: ReadonlyMap<number, string> = new Map()

const select = ({ households }: Neighbourhood): ReadonlyMap<number, string> =>
  new Map(households.map(({ memberId, name }) => [memberId, name]))

/** Names of the households; empty until they are known, and for members that are none. */
export function useMemberNames(): ReadonlyMap<number, string> {
  const fetched = useNeighbourhood(select)
  return fetched.status === 'ready' ? fetched.data : NONE
}
