import { webcrypto } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import path from 'node:path'
// What @peculiar/x509 needs to be there first.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { DomainError } from '../../services/domain/errors.ts'

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' }
const MS_PER_DAY = 86_400_000
const AUTHORITY_DAYS = 7_300
const DEVICE_DAYS = 3_650
const BROKER_DAYS = 825
/** Clocks of devices go wrong: a certificate holds from a day before it was made. */
const BEFORE_MS = MS_PER_DAY
const METER = /^0x[0-9a-f]{40}$/

export type CertificateFiles = { readonly certificate: string; readonly key: string }

/** Whoever vouches for devices and for the brokers they talk to: a certificate and key in the data folder's keys. */
export type DeviceAuthority = {
  readonly caFile: string
  /** Makes key and certificate of a device; its common name is the meter's address. Throws `certificate-exists`, `meter-address-invalid`. */
  readonly issueDevice: (meter: string) => Promise<CertificateFiles>
  /** Key and certificate of a broker that is reached by these names and IP addresses, made where they are not there yet. */
  readonly prepareBroker: (name: 'broker' | 'embedded-broker', hosts: readonly string[]) => Promise<CertificateFiles>
}

/** Opens the authority of the data folder; it is made where there is none. `nowMs` is the time of whatever is issued. */
export async function openDeviceAuthority(dataFolder: string, nowMs: number): Promise<DeviceAuthority> {
  const folder = path.join(dataFolder, 'keys', 'devices')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const ca = filesOf(folder, 'device-ca')
  if (!existsSync(ca.certificate)) await writeAuthority(ca, nowMs)
  const caCertificate = new x509.X509Certificate(await readFile(ca.certificate, 'utf8'))
  const caKey = await readKey(ca.key)

  const issue = async (files: CertificateFiles, name: string, days: number, extensions: x509.Extension[]) => {
    const keys = await newKeys()
    const certificate = await x509.X509CertificateGenerator.create(
      {
        subject: [{ CN: [name] }],
        issuer: caCertificate.subjectName,
        notBefore: new Date(nowMs - BEFORE_MS),
        notAfter: new Date(Math.min(nowMs + days * MS_PER_DAY, caCertificate.notAfter.getTime())),
        publicKey: keys.publicKey,
        signingKey: caKey,
        signingAlgorithm: SIGNING,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          await x509.AuthorityKeyIdentifierExtension.create(caCertificate.publicKey),
          ...extensions,
        ],
      },
      webcrypto as Crypto,
    )
    await writePair(files, keys.privateKey, certificate)
    return files
  }

  return {
    caFile: ca.certificate,
    async issueDevice(meter) {
      requireMeterAddress(meter)
      const files = filesOf(folder, meter)
      if (existsSync(files.certificate)) {
        throw new DomainError(
          'certificate-exists',
          `there is a certificate of ${meter} already, in ${files.certificate}: remove it and its key to make another`,
        )
      }
      const usage = new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])
      return issue(files, meter, DEVICE_DAYS, [usage])
    },
    async prepareBroker(name, hosts) {
      const files = filesOf(folder, name)
      if (existsSync(files.certificate) && namesIn(await readFile(files.certificate, 'utf8'), hosts, nowMs))
        return files
      return issue(files, hosts[0] ?? 'localhost', BROKER_DAYS, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(hosts.map(alternativeName)),
      ])
    },
  }
}

/** Throws `meter-address-invalid` for what is no meter's address in lower case. */
export function requireMeterAddress(meter: string): void {
  if (METER.test(meter)) return
  throw new DomainError('meter-address-invalid', 'a meter address is 0x and 40 hexadecimal digits in lower case')
}

async function writeAuthority(files: CertificateFiles, nowMs: number): Promise<void> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: ['Commonwatt devices'] }],
      notBefore: new Date(nowMs - BEFORE_MS),
      notAfter: new Date(nowMs + AUTHORITY_DAYS * MS_PER_DAY),
      keys,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto as Crypto),
      ],
    },
    webcrypto as Crypto,
  )
  await writePair(files, keys.privateKey, certificate)
}

async function newKeys(): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])) as CryptoKeyPair
}

/** The certificate last, in one step: where it is, its key is. */
async function writePair(files: CertificateFiles, key: CryptoKey, certificate: x509.X509Certificate): Promise<void> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key)
  await replaceFile(files.key, `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`, 0o600)
  await replaceFile(files.certificate, `${certificate.toString('pem')}\n`, 0o644)
}

async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.${process.pid}.new`
  await rm(temporary, { force: true })
  await writeFile(temporary, text, { mode, flag: 'wx' })
  await rename(temporary, file)
}

async function readKey(file: string): Promise<CryptoKey> {
  const [der] = x509.PemConverter.decode(await readFile(file, 'utf8'))
  return (await webcrypto.subtle.importKey('pkcs8', der!, CURVE, false, ['sign'])) as CryptoKey
}

function filesOf(folder: string, name: string): CertificateFiles {
  return { certificate: path.join(folder, `${name}.crt`), key: path.join(folder, `${name}.key`) }
}

function alternativeName(host: string): x509.JsonGeneralName {
  return { type: isIP(host) === 0 ? 'dns' : 'ip', value: host }
}

/** Whether the certificate is of all these hosts, and holds for a while. */
function namesIn(pem: string, hosts: readonly string[], nowMs: number): boolean {
  const certificate = new x509.X509Certificate(pem)
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? []
  const isFresh = certificate.notAfter.getTime() > nowMs + 30 * MS_PER_DAY
  return isFresh && hosts.every((host) => names.some(({ value }) => value === host))
}
