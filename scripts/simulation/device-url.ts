/** The broker's address for a device: it has no password of its own, who it is is in what it signs. */
export function withoutCredentials(brokerUrl: string): string {
  const url = new URL(brokerUrl)
  url.username = ''
  url.password = ''
  return url.href
}
