import type { Texts } from './texts.js';

export const de: Texts = {
  'page.title': 'Rogatory',
  'page.skip': 'Zum Inhalt springen',
  'page.language': 'Sprache',
  'page.unreviewed': 'Diese Übersetzung wurde noch nicht geprüft. Maßgeblich ist der englische Text.',
  'page.notAudited': 'Nicht extern geprüft.',
  'demo.banner': 'Vorführung. Staaten, Personen und Fälle sind erfunden. Geben Sie nichts Echtes ein.',
  'first.heading': 'Gemeinsam an einem Fall arbeiten, über Grenzen hinweg',
  'first.lead':
    'Staatsanwältinnen, Richter und Verbindungsbeamte verschiedener Staaten teilen hier einen Fall: Dateien, Nachrichten, Aufgaben. Alles wird auf Ihrem Gerät verschlossen, bevor es dieses verlässt. Nur wer zu einem Fall zugelassen ist, kann ihn öffnen. Der Server, der ihn befördert, kann es nicht.',
  'first.signIn.heading': 'Anmelden',
  'first.signIn.text':
    'Auf dieser Seite können Sie sich noch nicht anmelden. Alles geht mit der Befehlszeile, die auch etwas verspricht, was keine Webseite kann: Ihre Dateien sind signiert und ändern sich nicht, während Sie sie benutzen.',
  'first.signIn.command': 'Beginnen Sie mit diesem Befehl:',
  'server.heading': 'Dieser Server',
  'server.text':
    'Das sagt der Server über sich selbst. Ein Gerät glaubt ihm nie aufs Wort: Es vergleicht dies mit dem, was es bei seiner Einrichtung bekam.',
  'server.asking': 'Der Server wird gefragt …',
  'server.failed':
    'Der Server hat nicht geantwortet. Nichts ging verloren. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut; bleibt es so, sagen Sie es dem Betreiber.',
  'server.again': 'Erneut versuchen',
  'server.address': 'Adresse',
  'server.federation': 'Föderation',
  'server.log': 'Verzeichnis aller Handlungen',
  'server.version': 'Version',
  'server.witnesses': 'Unabhängige Zeugen',
  'server.witnesses.one': '{count} überwacht das Verzeichnis',
  'server.witnesses.other': '{count} überwachen das Verzeichnis',
  'server.unwitnessed': 'Für das Neueste haben sie sich seit {time} nicht verbürgt.',
  'browser.heading': 'Dieser Browser',
  'browser.ready': 'Er hat alles, was nötig ist.',
  'browser.lacking.one': 'Ihm fehlt {count} Voraussetzung. Nehmen Sie ein aktuelles Firefox, Chrome, Edge oder Safari.',
  'browser.lacking.other':
    'Ihm fehlen {count} Voraussetzungen. Nehmen Sie ein aktuelles Firefox, Chrome, Edge oder Safari.',
  'browser.secure': 'Eine Verbindung, die unterwegs niemand ändern kann',
  'browser.keys': 'Ein Ort für die Schlüssel dieses Geräts',
  'browser.tabs': 'Ordnung zwischen mehreren Tabs',
  'browser.workers': 'Arbeit neben der Seite, damit sie flink bleibt',
  'browser.files': 'Platz für große Dateien unterwegs',
  'browser.has': 'vorhanden',
  'browser.lacks': 'fehlt',
  'promise.heading': 'Was eine Webseite nicht versprechen kann',
  'promise.delivered':
    'Wer diese Seite ausliefert, könnte eine andere ausliefern. Wo Leben davon abhängen, nehmen Sie die Befehlszeile, deren Dateien mehrere Personen signieren.',
  'promise.device': 'Wer dieses Gerät beherrscht, während es offen ist, sieht, was Sie sehen.',
  'promise.kept': 'Ein Browser kann vergessen, was er aufbewahrt. Ein vergessenes Gerät muss neu zugelassen werden.',
};
