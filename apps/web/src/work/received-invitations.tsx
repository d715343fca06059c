import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SignedIn } from '../device/signed-in.js';
import { Failure } from '../parts/failure.js';
import { useLanguage } from '../parts/language.js';
import { readReceived } from './invitation-facts.js';

/** Offers to this person; what a case is about shows after the lead admitted them. */
export function ReceivedInvitations({ signedIn }: { readonly signedIn: SignedIn }) {
  const { text } = useLanguage().catalogue;
  const queries = useQueryClient();
  const received = useQuery({ queryKey: ['received'], queryFn: () => readReceived(signedIn), staleTime: 0 });
  const accept = useMutation({
    mutationFn: ({ offer }: NonNullable<typeof received.data>[number]) => signedIn.client.invitations.accept(offer),
    onSettled: () => queries.invalidateQueries({ queryKey: ['received'] }),
  });
  return (
    <div aria-live="polite">
      {received.data?.map((one) => (
        <p key={one.offer.signed.invitation.invitationId} className="aside offer">
          <bdi translate="no">{one.line}</bdi> {text('offer.text')}{' '}
          <button type="button" disabled={accept.isPending} onClick={() => accept.mutate(one)}>
            {text('offer.accept')}
          </button>
        </p>
      ))}
      {accept.isSuccess && <p>{text('offer.accepted')}</p>}
      {received.isError && <Failure error={received.error} />}
      {accept.isError && <Failure error={accept.error} />}
    </div>
  );
}
