import { type CaseId, type CompartmentId, limits } from '@rogatory/kernel';
import { decodeSignedLink, type LinkType, linkTypes, type SignedLink } from '@rogatory/protocol';
import { wrongLinks } from '../domain/case.errors.js';

/** A signed link with its boxes, as it came. */
export interface LinkInput {
  readonly compartmentId: CompartmentId;
  readonly link: Uint8Array;
  readonly boxes: readonly Uint8Array[];
}

export interface ParsedLink extends LinkInput {
  readonly signed: SignedLink;
}

/** Links that may follow another type in one act, besides links of the same type: what the first one brings about. */
const companions: Readonly<Partial<Record<LinkType, readonly LinkType[]>>> = {
  [linkTypes.genesis]: [linkTypes.compartment],
  [linkTypes.compartment]: [linkTypes.genesis],
};

/**
 * Parses the links of one request, which are one act: of one case and of one kind, with rotations as their consequence
 * in other compartments.
 * @throws CodecError; UsageError `cases/links`.
 */
export function parseLinks(inputs: readonly LinkInput[], kind: 'create' | 'append', caseId?: CaseId): ParsedLink[] {
  if (inputs.length === 0 || inputs.length > limits.maxLinksPerRequest) throw wrongLinks('count');
  const bytes = inputs.reduce((sum, { link, boxes }) => sum + link.length + boxesBytes(boxes), 0);
  if (bytes > limits.maxLinkBodyBytes) throw wrongLinks('bytes');
  const links = inputs.map((input) => ({ ...input, signed: decodeSignedLink(input.link) }));
  const [first] = links as [ParsedLink, ...ParsedLink[]];
  const { type } = first.signed.link;
  const beginsCase = type === linkTypes.genesis && (first.signed.link.caseId as string) === first.compartmentId;
  if (beginsCase !== (kind === 'create')) throw wrongLinks('first');
  for (const { signed, compartmentId } of links) {
    const { link } = signed;
    if (link.caseId !== (caseId ?? first.signed.link.caseId)) throw wrongLinks('case');
    if (link.compartmentId !== compartmentId) throw wrongLinks('compartment');
    const fits = link.type === type || link.type === linkTypes.rotate || companions[type]?.includes(link.type) === true;
    if (!fits) throw wrongLinks('type');
  }
  return links;
}

function boxesBytes(boxes: readonly Uint8Array[]): number {
  return boxes.reduce((sum, box) => sum + box.length, 0);
}
