import { createEcho, type Echo } from './echo.ts'
import { createShelf, type Shelf } from './shelf.ts'
import { SURROUNDINGS, type Surroundings } from './surroundings.ts'

/** What peers of one kind may use up together. */
export type Allowance = {
  /** Messages being worked on. */
  readonly work: Places
  /** Answers, and bodies on their way. */
  readonly shelf: Shelf
}

export type Places = { readonly take: () => boolean; readonly give: () => void }

/**
 * What all peers of an endpoint share. Whoever has not shown yet that datagrams reach the address from which its own
 * come is a stranger: strangers, be they as many as somebody forges, use up nothing of those who are known.
 */
export type EndpointShare = { readonly strangers: Allowance; readonly known: Allowance; readonly echo: Echo }

export type ShareLimits = { readonly worked: number; readonly keptBytes: number }

export const STRANGERS: ShareLimits = { worked: 256, keptBytes: 8_388_608 }
export const KNOWN: ShareLimits = { worked: 2_048, keptBytes: 33_554_432 }

export function createEndpointShare(
  limits: { readonly strangers?: ShareLimits; readonly known?: ShareLimits } = {},
  surroundings: Surroundings = SURROUNDINGS,
): EndpointShare {
  return {
    strangers: allowanceOf(limits.strangers ?? STRANGERS),
    known: allowanceOf(limits.known ?? KNOWN),
    echo: createEcho(surroundings),
  }
}

function allowanceOf({ worked, keptBytes }: ShareLimits): Allowance {
  return { work: createPlaces(worked), shelf: createShelf(keptBytes) }
}

/** So many at once and no more. */
export function createPlaces(size: number): Places {
  let taken = 0
  return {
    take: () => taken < size && ++taken > 0,
    give: () => void (taken -= 1),
  }
}
