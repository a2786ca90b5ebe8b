import type { ProblemKind } from './problem-kinds.ts'

/** What commands to devices can be refused with. */
export const commandKinds: Readonly<Record<string, ProblemKind>> = {
  'device-not-yours': {
    status: 403,
    title: 'Not your device',
    advice: 'Sign in with the account whose household has the device, or claim the device first.',
  },
  'command-malformed': {
    status: 400,
    title: 'The command is not understood',
    advice: 'Send what /api/openapi.json describes.',
  },
  'command-expiry-invalid': {
    status: 422,
    title: 'The expiry is out of range',
    advice: "Choose a time by the ledger's clock, which /api/neighbourhood shows, at most a day ahead.",
  },
  'command-unsupported': {
    status: 422,
    title: 'The device cannot do that',
    advice: 'Send a kind of command that is among the capabilities of the device.',
  },
  'command-beyond-limits': {
    status: 422,
    title: "Beyond the owner's limits",
    advice: 'Send less, or have the owner set wider limits.',
  },
  'command-source-not-allowed': {
    status: 403,
    title: 'The owner does not let you command the device',
    advice: 'Have the owner add you to the sources in the limits of the device.',
  },
  'flex-order-not-binding': {
    status: 409,
    title: 'No such flex order binds the portfolio',
    advice: 'Name a binding order of the portfolio: one that was annulled or cancelled is served no more.',
  },
  'member-not-in-portfolio': {
    status: 403,
    title: 'The device is not in the portfolio',
    advice: "Command devices of members alone who are in the portfolio now, for the order's product.",
  },
  'owner-comes-first': {
    status: 409,
    title: 'The owner has told the device otherwise',
    advice: 'Leave the device alone for this order, and have another one deliver.',
  },
  'device-paused': {
    status: 409,
    title: 'The device is paused',
    advice: 'The owner ends the pause in the limits of the device.',
  },
  'command-conflict': {
    status: 409,
    title: 'Another command has that id',
    advice: 'Send it with an id of its own; a UUID that was made at random will do.',
  },
  'command-signature-invalid': {
    status: 403,
    title: 'The signature is not of whom it names',
    advice:
      "Sign exactly the command sent, for this ledger, with today's trading key of the household or the key it delegated to, or as an aggregator with the key that owns its account (EIP-712, 64 bytes as EIP-2098 has it).",
  },
  'command-unknown': { status: 404, title: 'No such command', advice: 'List the commands of the device.' },
  'limits-invalid': {
    status: 422,
    title: 'The limits are not valid',
    advice: 'Keep the powers at or below the rated power of the device, and the least charge at or below the most.',
  },
}
