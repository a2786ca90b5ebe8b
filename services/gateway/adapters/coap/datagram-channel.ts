import { createAnswering, type AnswerTo } from './answering.ts'
import { createConversation, type Channel, type Conversation } from './conversation.ts'
import { createEndpointShare, type Allowance, type EndpointShare } from './endpoint-share.ts'
import type { CoapEndpointOptions } from './endpoint.ts'
import { bareResponse, formatCode, isRequestCode, isResponseCode, responseMessage } from './meaning.ts'
import {
  DATAGRAM_TYPE,
  EMPTY_MESSAGE,
  formatDatagram,
  malformedIdOf,
  parseDatagram,
  type CoapMessage,
  type Datagram,
} from './message.ts'
import { OPTION } from './option-rules.ts'
import { createRecollection, type Recollection } from './recollection.ts'
import { createRetransmission, TRANSMISSION, type Retransmission, type Transmission } from './retransmission.ts'
import { SURROUNDINGS, type Surroundings } from './surroundings.ts'

export { TRANSMISSION, type Transmission }

/** The message layer of one peer (RFC 7252 section 4). */
export type DatagramChannel = {
  readonly conversation: Conversation
  /** Takes a datagram of the peer; one that is none is ignored. */
  readonly receive: (bytes: Buffer) => void
  readonly close: () => void
  readonly isIdle: () => boolean
  /** Whether the peer has shown that datagrams reach its address; by a handshake it did. */
  readonly isKnown: () => boolean
}

export type DatagramChannelOptions = Pick<CoapEndpointOptions, 'onRequest' | 'onDefect'> &
  Omit<Channel, 'transmit'> & {
    readonly send: (bytes: Buffer) => void
    readonly transmission?: Transmission
    /** What the channels of an endpoint share; a channel without has a small one of its own. */
    readonly share?: EndpointShare
    readonly surroundings?: Surroundings
  }

type State = Omit<DatagramChannelOptions, 'surroundings'> & {
  readonly share: EndpointShare
  readonly retransmission: Retransmission
  readonly recollection: Recollection
  readonly conversation: Conversation
  readonly answerTo: AnswerTo
  readonly standing: Standing
}
/** How a peer stands with us. */
type Standing = { isKnown: boolean; isClosed: boolean; workedOn: number }

const MAX_WORKED_ON = 16
/**
 * Nothing larger goes to a stranger: with the headers of IP and UDP it is less than three times the smallest request,
 * and whoever forges an address gains nothing by it.
 */
const MAX_STRANGER_BYTES = 64
const EMPTY_ANSWER = Buffer.alloc(0)
const OWN_SHARE = { worked: MAX_WORKED_ON, keptBytes: 262_144 }

export function createDatagramChannel(options: DatagramChannelOptions): DatagramChannel {
  const surroundings = options.surroundings ?? SURROUNDINGS
  const share = options.share ?? createEndpointShare({ strangers: OWN_SHARE, known: OWN_SHARE }, surroundings)
  const standing: Standing = { isKnown: options.transport !== 'udp', isClosed: false, workedOn: 0 }
  const shelf = () => allowanceOf({ share, standing }).shelf
  const transmission = options.transmission ?? TRANSMISSION
  const send = (bytes: Buffer): void => {
    if (!standing.isClosed) options.send(bytes)
  }
  const retransmission = createRetransmission({ send, transmission, surroundings })
  const conversation = createConversation({ ...options, transmit: retransmission.transmit }, surroundings)
  const answerTo = createAnswering({ ...options, surroundings, shelf }, conversation.peer)
  const recollection = createRecollection(shelf, surroundings.clock)
  const state: State = { ...options, send, share, retransmission, recollection, conversation, answerTo, standing }
  return {
    conversation,
    receive: (bytes) => receive(state, bytes),
    close: () => {
      standing.isClosed = true
      answerTo.close()
      recollection.close()
      conversation.close()
      retransmission.close()
    },
    isIdle: () => standing.workedOn === 0 && conversation.isIdle(),
    isKnown: () => standing.isKnown,
  }
}

function allowanceOf({ share, standing }: Pick<State, 'share' | 'standing'>): Allowance {
  return standing.isKnown ? share.known : share.strangers
}

function receive(state: State, bytes: Buffer): void {
  let datagram: Datagram
  try {
    datagram = parseDatagram(bytes)
  } catch {
    const messageId = malformedIdOf(bytes)
    if (messageId !== null) sendEmpty(state, DATAGRAM_TYPE.reset, messageId)
    return
  }
  const { type, messageId, message } = datagram
  if (type === DATAGRAM_TYPE.reset) {
    if (message.code === 0) state.retransmission.reset(messageId)
  } else if (type === DATAGRAM_TYPE.acknowledgement) {
    const isOurs = state.retransmission.acknowledge(messageId, message)
    // A notification is never piggybacked.
    if (isOurs && message.code !== 0 && state.conversation.settle(message)) state.standing.isKnown = true
  } else if (message.code === 0) {
    // A ping.
    if (type === DATAGRAM_TYPE.confirmable) sendEmpty(state, DATAGRAM_TYPE.reset, messageId)
  } else {
    receiveNew(state, datagram)
  }
}

function receiveNew(state: State, datagram: Datagram): void {
  const { messageId, message } = datagram
  const earlier = state.recollection.recall(messageId)
  if (earlier !== null) {
    if (earlier.answer !== null && earlier.answer.length > 0) state.send(earlier.answer)
  } else if (isRequestCode(message.code)) {
    receiveRequest(state, datagram)
  } else if (isResponseCode(message.code) && state.conversation.isOurs(message.token)) {
    receiveResponse(state, datagram)
  } else {
    // What is observed no more, or means nothing.
    sendEmpty(state, DATAGRAM_TYPE.reset, messageId)
  }
}

function receiveRequest(state: State, datagram: Datagram): void {
  const { message } = datagram
  const echo = message.options.find(({ number }) => number === OPTION.echo)?.value
  if (echo !== undefined && state.share.echo.isEchoed(state.address, echo)) state.standing.isKnown = true
  work(state, datagram, async () => {
    try {
      return await answer(state, datagram)
    } catch (error) {
      // An answer of ours that cannot be written.
      state.onDefect(error)
      throw error
    }
  })
}

function receiveResponse(state: State, datagram: Datagram): void {
  const { type, messageId, message } = datagram
  state.standing.isKnown = true
  state.retransmission.answer(message.token)
  const acknowledge = (): Buffer =>
    type === DATAGRAM_TYPE.confirmable ? sendEmpty(state, DATAGRAM_TYPE.acknowledgement, messageId) : EMPTY_ANSWER
  // What is waited for holds nobody up, and so needs no place among what is worked on.
  if (state.conversation.settle(message)) {
    state.recollection.begin(messageId)
    return state.recollection.remember(messageId, acknowledge())
  }
  work(state, datagram, async () => {
    await state.conversation.take(message)
    return acknowledge()
  })
}

/** Has a message worked on where there is a place; else it is not taken, and the peer sends it again. */
function work(state: State, { messageId }: Datagram, answering: () => Promise<Buffer>): void {
  const { recollection, standing, onDefect } = state
  const { work: places } = allowanceOf(state)
  if (standing.workedOn >= MAX_WORKED_ON || !places.take()) return
  recollection.begin(messageId)
  standing.workedOn += 1
  answering()
    .then(
      (bytes) => standing.isClosed || recollection.remember(messageId, bytes),
      () => recollection.forget(messageId),
    )
    .finally(() => {
      standing.workedOn -= 1
      places.give()
    })
    .catch(onDefect)
}

async function answer(state: State, { type, messageId, message }: Datagram): Promise<Buffer> {
  const isConfirmable = type === DATAGRAM_TYPE.confirmable
  const format = (answered: CoapMessage): Buffer =>
    formatDatagram({
      type: isConfirmable ? DATAGRAM_TYPE.acknowledgement : DATAGRAM_TYPE.nonConfirmable,
      messageId: isConfirmable ? messageId : state.retransmission.takeId(),
      message: answered,
    })
  const answered = await state.answerTo(message)
  const bytes = format(state.standing.isKnown ? answered : answerOfStranger(state, answered, format(answered).length))
  state.send(bytes)
  return bytes
}

/** Has a stranger that goes on, or asks for much, come again with what reaches nobody but who is at its address. */
function answerOfStranger({ share, address }: State, answered: CoapMessage, bytes: number): CoapMessage {
  const isTooMuch = bytes > MAX_STRANGER_BYTES
  const code = formatCode(answered.code)
  if (!isTooMuch && code !== '2.31') return answered
  // Of a refusal the code says enough.
  if (!code.startsWith('2.')) return responseMessage(bareResponse(code), answered.token)
  const message = isTooMuch ? responseMessage(bareResponse('4.01'), answered.token) : answered
  return { ...message, options: [...message.options, { number: OPTION.echo, value: share.echo.challenge(address) }] }
}

function sendEmpty({ send }: State, type: 2 | 3, messageId: number): Buffer {
  const bytes = formatDatagram({ type, messageId, message: EMPTY_MESSAGE })
  send(bytes)
  return bytes
}
