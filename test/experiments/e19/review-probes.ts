import { type ActId, toBase64, utf8 } from '@rogatory/kernel';
import { actSubjects, auditNoteStatement, auditPurposes, auditReportsStatement } from '@rogatory/protocol';
import { randomId } from './forgeries.js';
import { graphqlProbe, type Probe } from './probe.js';

const PURPOSE = 'lawfulness';

/** What auditors write down and hand in. */
export function reviewProbes(): Probe[] {
  return [noteProbe(), ...reportProbes()];
}

function reportProbes(): Probe[] {
  const purpose = auditPurposes[PURPOSE];
  return [
    graphqlProbe({
      operation: 'query.auditReports',
      wish: () => ({
        variables: { purpose: PURPOSE, first: 3 },
        subject: actSubjects.listReports(utf8(auditReportsStatement(purpose, { first: 3 }))),
        needsReason: true,
      }),
    }),
    graphqlProbe({
      operation: 'mutation.submitAuditReport',
      // Whatever is handed in is no report.
      admitted: /^(audit\/reason-missing|evidence\/report|codec\/.*)$/,
      absent: /^(access\/refused|audit\/reason-missing|evidence\/report|codec\/.*)$/,
      wish: () => {
        const report = utf8('{}');
        const subject = actSubjects.submitReport(utf8(`purpose=${PURPOSE}`), report);
        return { variables: { report: toBase64(report), purpose: PURPOSE }, subject, needsReason: true };
      },
    }),
  ];
}

function noteProbe(): Probe {
  return graphqlProbe({
    operation: 'mutation.addAuditNote',
    // Whatever record is named is absent, and looks like what is not the asker's.
    admitted: /^(audit\/reason-missing|audit\/not-found)$/,
    absent: /^(access\/refused|audit\/reason-missing|audit\/not-found)$/,
    wish: () => {
      const recordId = randomId(16) as ActId;
      const subject = actSubjects.addNote({ record: recordId }, utf8(auditNoteStatement(auditPurposes[PURPOSE])));
      return { variables: { recordId, purpose: PURPOSE }, subject, needsReason: true };
    },
  });
}
