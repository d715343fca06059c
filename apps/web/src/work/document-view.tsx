import { useLanguage } from '../parts/language.js';
import { shown } from '../parts/shown.js';
import { type ReadDocument, saveOnDevice } from './reading.js';

/** A document that was opened: as plain signs where it is text, and never as anything that runs. */
export function DocumentView({ read, close }: { readonly read: ReadDocument; readonly close: () => void }) {
  const { text } = useLanguage().catalogue;
  return (
    <div className="opened">
      <h3 translate="no">
        <bdi>{shown(read.name)}</bdi>
      </h3>
      {read.preview === undefined ? (
        <p className="quiet">{text('docs.noPreview')}</p>
      ) : (
        <pre tabIndex={0} className="words" dir="auto" translate="no">
          {read.preview.text}
        </pre>
      )}
      {read.preview?.isCut === true && <p className="quiet">{text('docs.cut')}</p>}
      <p>
        <button type="button" onClick={() => saveOnDevice(read)}>
          {text('docs.save')}
        </button>{' '}
        <button type="button" className="plainly" onClick={close}>
          {text('docs.close')}
        </button>
      </p>
    </div>
  );
}
