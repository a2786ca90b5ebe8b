/** The decentralized identifier of an address on a ledger: `did:ethr:0x<chain id>:<address>`, in lower case. */
export function didOf(chainId: bigint, address: string): string {
  return `did:ethr:0x${chainId.toString(16)}:${address.toLowerCase()}`
}
