const KEPT = 'commonwatt-invitation'
const CODE = /^[\w-]{43}$/

/** Takes the code of an invitation out of the address, where it is in it, and keeps it for this tab; null without one. */
export function takeInvitationCode(): string | null {
  const given = invitationCodeOf(location.hash)
  if (given === null) return readKept()
  // Out of the address bar and the history: nobody shall copy it from there.
  history.replaceState(null, '', location.pathname)
  keepInvitationCode(given)
  return given
}

/** Keeps the code for this tab, so that it is there after a reload; null forgets it. */
export function keepInvitationCode(code: string | null): void {
  try {
    if (code === null) sessionStorage.removeItem(KEPT)
    else sessionStorage.setItem(KEPT, code)
  } catch {
    // A browser that keeps nothing for this page loses the code with the page: the link is opened again.
  }
}

/** The code in what a person pastes, be it the whole link or what is behind its hash; null where there is none. */
export function invitationCodeOf(text: string): string | null {
  const code = text.trim().split('#').at(-1)!
  return CODE.test(code) ? code : null
}

function readKept(): string | null {
  try {
    return sessionStorage.getItem(KEPT)
  } catch {
    return null
  }
}
