/** A request or a response of CoAP (RFC 7252), with the options that are of use here. */
export type CoapMethod = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'FETCH' | 'PATCH' | 'iPATCH'

export type CoapRequest = {
  readonly method: CoapMethod
  readonly path: readonly string[]
  readonly query: readonly string[]
  readonly contentFormat: number | null
  readonly accept: number | null
  /** 0 observes, 1 cancels (RFC 7641). */
  readonly observe: 0 | 1 | null
  readonly payload: Uint8Array
}

export type CoapResponse = {
  /** Such as `2.05`. */
  readonly code: string
  readonly contentFormat: number | null
  readonly locationPath: readonly string[]
  /** Sequence of a notification; null for a response that is none. */
  readonly observe: number | null
  readonly payload: Uint8Array
}

/** Somebody at the other end of a socket. */
export type CoapPeer = {
  readonly transport: 'udp' | 'dtls' | 'tls'
  /** Network address and port; what identifies the peer as long as it keeps them. */
  readonly address: string
  /** Identity of the pre-shared key with which it came; null without security. */
  readonly identity: string | null
  /** Confirmable; block-wise where it must be. Rejects with `device-unreachable` once all retransmissions are in vain. */
  readonly request: (request: CoapRequest) => Promise<CoapResponse>
  /**
   * Observes a resource. Each notification is acknowledged once `onNotification` resolved, and not at all where it
   * rejects: the peer sends it again. A stale or repeated one is not passed on.
   */
  readonly observe: (
    request: CoapRequest,
    onNotification: (response: CoapResponse) => Promise<void>,
  ) => Promise<{ readonly first: CoapResponse; readonly cancel: () => Promise<void> }>
}

export type CoapEndpoint = { readonly port: number; readonly close: () => Promise<void> }

export type CoapEndpointOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Answers a request; the acknowledgement goes out once it resolved. */
  readonly onRequest: (peer: CoapPeer, request: CoapRequest) => Promise<CoapResponse>
  readonly onDefect: (error: unknown) => void
}

/** The key of an identity, which a handshake asks for at once; null where there is none. */
export type PskLookup = (identity: string) => Buffer | null
