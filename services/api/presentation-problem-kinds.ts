import type { ProblemKind } from './problem-kinds.ts'

const NOTHING_KEPT = 'Mend what the detail names, and answer again before the request expires. Nothing was kept.'
const ASK_ISSUER = 'Ask its issuer. Nothing was kept, and the request can be answered again until it expires.'

const presentationOf = (title: string, advice = NOTHING_KEPT): ProblemKind => ({ status: 422, title, advice })
const signatureOf = (title: string): ProblemKind => ({
  status: 403,
  title,
  advice: 'Sign with a key that the DID document of the signer lists for it now: ES256 or ES256K, in canonical form.',
})

/** Of every code with which a presentation, or the wish for one, is refused. */
export const presentationKinds: Readonly<Record<string, ProblemKind>> = {
  'presentation-unknown': {
    status: 404,
    title: 'No such request for a presentation',
    advice: 'Whoever asks reads it with the sign-in that asked, until a day after it expired.',
  },
  'presentation-claim-unknown': {
    status: 422,
    title: 'No such claim',
    advice: 'Ask for claims that credentials of this role can have.',
  },
  'too-many-presentations': {
    status: 422,
    title: 'Too many requests for presentations',
    advice: 'Wait until some are gone: a day after they expired.',
  },
  'presentation-replayed': {
    status: 409,
    title: 'The request is answered already',
    advice: 'Each is answered once: its verifier makes another.',
  },
  'presentation-request-expired': {
    status: 410,
    title: 'The request has expired',
    advice: 'Its verifier makes another.',
  },
  'presentation-answers-used-up': {
    status: 429,
    title: 'Answered too often',
    advice: 'Its verifier makes another.',
  },
  'presentation-too-large': {
    status: 413,
    title: 'The presentation is too large',
    advice: 'Send at most 65,536 characters.',
  },
  'presentation-malformed': presentationOf('The presentation is not understood'),
  'disclosure-invalid': presentationOf('A disclosure is not of this credential'),
  'presentation-wrong-role': presentationOf('A credential of another role'),
  'presentation-claim-missing': presentationOf('Less was disclosed than is asked for'),
  'presentation-constraint-unmet': presentationOf('A claim is not as is asked for'),
  'presentation-discloses-too-much': presentationOf('More was disclosed than is asked for'),
  'presentation-not-bound': presentationOf('The presentation is not bound to its holder'),
  'presentation-other-audience': presentationOf('The presentation was made for somebody else'),
  'presentation-other-nonce': presentationOf('The presentation answers another request'),
  'presentation-out-of-time': presentationOf('The presentation was not signed just now'),
  'credential-other-ledger': presentationOf('The credential is of another ledger'),
  'credential-not-yet-valid': presentationOf('The credential is not valid yet'),
  'credential-expired': presentationOf('The credential has expired', ASK_ISSUER),
  'credential-suspended': presentationOf('The credential is suspended', ASK_ISSUER),
  'credential-revoked': presentationOf('The credential is revoked', ASK_ISSUER),
  'credential-not-recorded': presentationOf('The ledger has no record of the credential', ASK_ISSUER),
  'credential-issuer-unknown': presentationOf('Nobody accredits its issuer', ASK_ISSUER),
  'credential-issuer-differs': presentationOf('Not what its issuer recorded', ASK_ISSUER),
  'credential-subject-differs': presentationOf('Not what its issuer recorded', ASK_ISSUER),
  'credential-role-differs': presentationOf('Not what its issuer recorded', ASK_ISSUER),
  'credential-scope-differs': presentationOf('Not what its issuer recorded', ASK_ISSUER),
  'credential-validity-differs': presentationOf('Not what its issuer recorded', ASK_ISSUER),
  'credential-digest-differs': presentationOf('Not what its issuer recorded', ASK_ISSUER),
  'did-malformed': presentationOf('Not an identifier of a ledger'),
  'did-not-resolved': presentationOf('An identifier without a document'),
  'did-history-too-long': presentationOf('An identifier with too long a history'),
  'algorithm-not-allowed': signatureOf('Another algorithm'),
  'key-not-in-document': signatureOf('The signer has no such key'),
  'signature-invalid': signatureOf("Not the signer's signature"),
  'signature-malleable': signatureOf('The signature is in another form'),
}
