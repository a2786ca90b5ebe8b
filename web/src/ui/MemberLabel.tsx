import { Link } from 'wouter'
import { householdAddress } from '../lib/addresses.ts'

/** A member by name: a link for a household, plain words for the supplier, the DSO and the like. */
export function MemberLabel({ memberId, name, kind }: { memberId: number; name: string; kind: string }) {
  if (kind !== 'household') return <span>{name}</span>
  return <Link href={householdAddress(memberId)}>{name}</Link>
}
