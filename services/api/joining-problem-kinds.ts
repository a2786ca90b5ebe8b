/** Status, title and advice of what a person who joins may meet. */
export const joiningKinds = {
  'not-joining': {
    status: 404,
    title: 'You do not join',
    advice: 'Open the link of an invitation, which the community manager makes.',
  },
  'invitation-unknown': {
    status: 404,
    title: 'No such invitation',
    advice: 'Open the link as the community manager gave it, or ask for another.',
  },
  'invitation-used': {
    status: 409,
    title: 'The invitation is used',
    advice: 'If it was not you who used it, tell the community manager.',
  },
  'invitation-expired': {
    status: 410,
    title: 'The invitation has expired',
    advice: 'Ask the community manager for another.',
  },
  'invitation-withdrawn': {
    status: 410,
    title: 'The invitation was withdrawn',
    advice: 'Ask the community manager for another.',
  },
  'home-name-taken': {
    status: 409,
    title: 'Another home has this name',
    advice: 'Choose another name, or withdraw the invitation that has it.',
  },
  'already-joining': {
    status: 409,
    title: 'This account has a home already',
    advice: 'Go on at /join, or sign in with another passkey: an account is the one of one home, also after it left.',
  },
  'joining-too-far': {
    status: 409,
    title: 'The joining cannot be given up any more',
    advice: 'The home becomes a member: it leaves the market as a member does, and its data are erased after that.',
  },
  'connection-point-unknown': {
    status: 404,
    title: 'No such connection point',
    advice: "Type the identifier as the DSO's letter has it.",
  },
  'confirmation-code-wrong': {
    status: 403,
    title: 'Another confirmation code',
    advice: "Type the code of the DSO's letter for this very connection point.",
  },
  'connection-point-in-use': {
    status: 409,
    title: 'The connection point is in use',
    advice: 'If it is yours, tell the DSO: somebody else had its confirmation code.',
  },
  'connection-point-first': {
    status: 409,
    title: 'The connection point comes first',
    advice: "Type its identifier and the code of the DSO's letter, then say what the agent may do.",
  },
  'claim-code-wrong': {
    status: 403,
    title: 'No meter has this code',
    advice: 'Type the claim code as it is printed on the meter.',
  },
  'meter-claimed': {
    status: 409,
    title: 'The meter is claimed already',
    advice: 'If it is yours, tell the metering operator: somebody else had its claim code, or left it behind.',
  },
  'meter-uncertified': {
    status: 409,
    title: 'The meter is not certified',
    advice: 'Ask the metering operator for another.',
  },
  'chosen-before': {
    status: 409,
    title: 'That is chosen already',
    advice: 'Go on with what was chosen; to change it, ask the community manager for another invitation.',
  },
  'wishes-invalid': { status: 422, title: 'That cannot be wished', advice: 'Mend what the detail names.' },
  'trading-key-not-proved': {
    status: 403,
    title: 'The key did not say that it is yours',
    advice: 'Have it sign TradingKey(address account), in the EIP-712 domain of memberRegistry.',
  },
  'trading-key-in-use': { status: 409, title: 'The trading key is taken', advice: 'Make another key.' },
  'credentials-not-issued': {
    status: 409,
    title: 'The credentials are not there yet',
    advice: 'Come back once the joining is registered.',
  },
  'credentials-taken': {
    status: 410,
    title: 'The credentials were fetched before',
    advice: 'They are with whoever fetched them; where they are lost, ask their issuers for new ones.',
  },
  'too-many-tries': { status: 429, title: 'Too many wrong codes', advice: 'Wait an hour, and look at the code again.' },
  'account-not-yours': {
    status: 403,
    title: 'Not your account',
    advice: 'Sign in with the passkey that owns the account.',
  },
  'account-key-differs': {
    status: 422,
    title: 'Another key',
    advice: "Send the passkey's own public key, and the hash of the domain for which it was made.",
  },
  'account-call-not-relayed': {
    status: 422,
    title: 'Such a call is not relayed',
    advice: 'Send it to the ledger yourself: anybody may, with what the passkey signed.',
  },
  'passkey-assertion-invalid': {
    status: 422,
    title: 'Not what a passkey signs',
    advice: "Send the browser's answer as it is.",
  },
} as const
