import { bytesToHex } from '@noble/hashes/utils.js'
import type { Ledger } from './ledger.ts'
import { digestOf, hashText, signDigest, signingDomainOf, type SigningDomain } from './typed-data.ts'

/** Of what is said about devices: the contract is that of readings. */
export function commandDomain(ledger: Pick<Ledger, 'chainId' | 'addresses'>): SigningDomain {
  return signingDomainOf(ledger.chainId, ledger.addresses.meterReadings)
}

/** What an agent signs to have a device told something; the id keeps it from counting twice. */
export type SignedCommand = {
  readonly id: string
  readonly device: string
  readonly trader: number
  /** JSON, the very text that is sent. */
  readonly action: string
  readonly expiresAt: number
}

/** The EIP-712 type, as it is signed; `id` is the UUID as a number. */
export const DEVICE_COMMAND_TYPE =
  'DeviceCommand(uint128 id,address device,uint32 trader,string action,uint64 expiresAt)'
const DEVICE_COMMAND_TYPE_HASH = hashText(DEVICE_COMMAND_TYPE)

/** The EIP-712 digest, 32 bytes. */
export function digestOfCommand(domain: SigningDomain, command: SignedCommand): Uint8Array {
  return digestOf(domain, DEVICE_COMMAND_TYPE_HASH, [
    BigInt(`0x${command.id.replaceAll('-', '')}`),
    BigInt(command.device),
    BigInt(command.trader),
    BigInt(`0x${bytesToHex(hashText(command.action))}`),
    BigInt(command.expiresAt),
  ])
}

/** An EIP-2098 signature: 64 bytes, 0x-hex. */
export function signCommand(domain: SigningDomain, command: SignedCommand, privateKey: string): string {
  return signDigest(digestOfCommand(domain, command), privateKey)
}

/** What an aggregator signs to have a device serve a flex order; the id keeps it from counting twice. */
export type SignedActivation = Omit<SignedCommand, 'trader'> & {
  readonly portfolioId: number
  /** Of the flex order. */
  readonly orderId: number
}

/** The EIP-712 type, as it is signed; `id` is the UUID as a number. */
export const DEVICE_ACTIVATION_TYPE =
  'DeviceActivation(uint128 id,address device,uint32 portfolio,uint32 order,string action,uint64 expiresAt)'
const DEVICE_ACTIVATION_TYPE_HASH = hashText(DEVICE_ACTIVATION_TYPE)

/** The EIP-712 digest, 32 bytes. */
export function digestOfActivation(domain: SigningDomain, activation: SignedActivation): Uint8Array {
  return digestOf(domain, DEVICE_ACTIVATION_TYPE_HASH, [
    BigInt(`0x${activation.id.replaceAll('-', '')}`),
    BigInt(activation.device),
    BigInt(activation.portfolioId),
    BigInt(activation.orderId),
    BigInt(`0x${bytesToHex(hashText(activation.action))}`),
    BigInt(activation.expiresAt),
  ])
}

/** An EIP-2098 signature: 64 bytes, 0x-hex. */
export function signActivation(domain: SigningDomain, activation: SignedActivation, privateKey: string): string {
  return signDigest(digestOfActivation(domain, activation), privateKey)
}
