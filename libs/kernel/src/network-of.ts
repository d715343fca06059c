const V6_NETWORK_GROUPS = 4;

/**
 * What callers are counted by: the address, or its /64 network, of which one household or attacker has all 2^64 addresses
 * of IPv6.
 */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail === undefined) return groups.slice(0, V6_NETWORK_GROUPS).join(':');
  const end = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - end.length) }, () => '0');
  return [...groups, ...zeros, ...end].slice(0, V6_NETWORK_GROUPS).join(':');
}
