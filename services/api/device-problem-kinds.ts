/** Status, title and advice of what whoever asks about devices may meet. */
export const deviceKinds = {
  'device-unknown': { status: 404, title: 'No such device', advice: '/api/devices lists those that are shown to you.' },
  'device-code-wrong': {
    status: 403,
    title: 'Not the code of a device',
    advice: 'Type it as it is printed on the device: four groups of four letters and digits.',
  },
  'device-taken': { status: 409, title: 'Somebody has this device', advice: 'Its owner gives it up first.' },
  'device-is-meter': {
    status: 409,
    title: 'This is a meter',
    advice: "A household's meter stays its own; it goes with the household.",
  },
  'device-way-invalid': {
    status: 422,
    title: 'The device cannot be reached that way',
    advice:
      'Give the endpoint that the protocol asks for, and say that it signs only where its protocol carries a signature.',
  },
  'device-endpoint-taken': {
    status: 409,
    title: 'Another device has this endpoint',
    advice: 'Give each device its own.',
  },
  'device-not-a-meter': {
    status: 409,
    title: 'This is no meter',
    advice: 'Only meters are exchanged under their address.',
  },
  'meter-signs': {
    status: 409,
    title: 'This meter signs its readings itself',
    advice: 'Its successor has a key, and so an address, of its own.',
  },
  'exchange-in-the-future': {
    status: 422,
    title: 'Not exchanged yet',
    advice: "Give the time of the exchange by the ledger's clock, which /api/neighbourhood shows, once it is over.",
  },
  'exchange-conflict': {
    status: 409,
    title: 'Another exchange of this meter is known for that time',
    advice: 'Send the same again, or another time.',
  },
  'devices-faulty': {
    status: 422,
    title: 'The list of devices has faults',
    advice: 'Mend the rows that `faults` names, and send the whole list again: no device was taken.',
  },
  'too-many-devices': { status: 422, title: 'Too many devices', advice: 'Give one up that is not there any more.' },
  'refusal-unknown': { status: 404, title: 'No such refused message', advice: '/api/refusals lists the newest.' },
  'refusal-not-replayable': {
    status: 409,
    title: 'It cannot be decided on anew',
    advice: 'Have the device send it again.',
  },
  'too-many-replays': {
    status: 429,
    title: 'Too many messages decided on anew',
    advice: 'Wait until those that wait are decided; one that is refused again and again stays refused.',
  },
  'entity-unknown': { status: 404, title: 'No such entity', advice: '/ngsi-ld/v1/entities lists those shown to you.' },
  'too-many-results': { status: 403, title: 'Too much to look through', advice: 'Ask for entities by their ids.' },
  'format-not-acceptable': {
    status: 406,
    title: 'Not in this format',
    advice: 'Accept application/json or application/ld+json.',
  },
} as const
