import type { Readable } from 'node:stream';
import { accessRefused } from '@rogatory/access';
import { type DeliverContent, parseRange, type ReceivePart } from '@rogatory/documents';
import { CodecError, limits, parseUploadId } from '@rogatory/kernel';
import { FILE_HEADER_BYTES, FILE_SEALED_SEGMENT_BYTES } from '@rogatory/protocol';
import type { FastifyRequest } from 'fastify';
import type { Route } from './route.js';

export interface DocumentRouteParts {
  readonly receivePart: ReceivePart;
  readonly deliverContent: DeliverContent;
}

const LARGEST_PART = FILE_HEADER_BYTES + limits.uploadPartSegments * FILE_SEALED_SEGMENT_BYTES;
const PART_INDEX = /^(?:0|[1-9]\d{0,5})$/;

/** Sealed bytes in and out; names and types never travel here. */
export function documentRoutes(parts: DocumentRouteParts): readonly Route[] {
  return [putPart(parts), getContent(parts)];
}

function putPart({ receivePart }: DocumentRouteParts): Route {
  return {
    operation: 'route.putUploadPart',
    method: 'PUT',
    url: '/uploads/:uploadId/parts/:index',
    bodyLimit: LARGEST_PART,
    handle: async ({ request: ctx }, request, reply) => {
      const { uploadId, index } = request.params as { readonly uploadId: string; readonly index: string };
      if (!PART_INDEX.test(index)) throw accessRefused('not-own');
      const id = parseUploadId(uploadId);
      const bytes = await receivePart.expected(ctx, id, Number(index));
      if (Number(request.headers['content-length']) !== bytes) {
        throw new CodecError('codec/length', 'wrong length of a fixed field');
      }
      await receivePart.run(ctx, { uploadId: id, index: Number(index), source: bodyOf(request), bytes });
      return reply.code(204).send();
    },
  };
}

/** The raw stream that the octet-stream parser hands on. */
function bodyOf(request: FastifyRequest): Readable {
  return request.body as Readable;
}

function getContent({ deliverContent }: DocumentRouteParts): Route {
  return {
    operation: 'route.getUploadContent',
    method: 'GET',
    url: '/uploads/:uploadId/content',
    handle: async ({ request: ctx }, request, reply) => {
      const { uploadId } = request.params as { readonly uploadId: string };
      const grant = request.headers['rogatory-grant'];
      const file = await deliverContent.admitted(ctx, parseUploadId(uploadId), typeof grant === 'string' ? grant : '');
      const range = parseRange(request.headers.range, file.upload.sealedBytes);
      if (range === undefined || ctx.principal === undefined) {
        return reply.code(416).header('content-range', `bytes */${file.upload.sealedBytes}`).send();
      }
      const { stream } = deliverContent.start(ctx.principal, file, range);
      const isPartial = request.headers.range !== undefined;
      if (isPartial)
        void reply.header('content-range', `bytes ${range.start}-${range.end - 1}/${file.upload.sealedBytes}`);
      return reply
        .code(isPartial ? 206 : 200)
        .header('accept-ranges', 'bytes')
        .header('content-length', range.end - range.start)
        .header('cache-control', 'no-store')
        .type('application/octet-stream')
        .send(stream);
    },
  };
}
