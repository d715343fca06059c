import type { Texts } from './texts.js';

export const nl: Texts = {
  'page.title': 'Rogatory',
  'page.skip': 'Naar de inhoud',
  'page.language': 'Taal',
  'page.unreviewed': 'Deze vertaling is nog niet nagelezen. De Engelse tekst is leidend.',
  'page.notAudited': 'Niet extern getoetst.',
  'demo.banner': 'Demonstratie. Staten, mensen en zaken zijn verzonnen. Voer niets echts in.',
  'first.heading': 'Samen aan een zaak werken, over grenzen heen',
  'first.lead':
    'Officieren van justitie, rechters en liaisons van verschillende staten delen hier een zaak: bestanden, berichten, taken. Alles wordt op uw apparaat vergrendeld voordat het vertrekt. Alleen wie tot een zaak is toegelaten kan haar openen. De server die haar vervoert kan dat niet.',
  'first.signIn.heading': 'Inloggen',
  'first.signIn.text':
    'Op deze pagina kunt u nog niet inloggen. Alles kan met de opdrachtregel, die ook belooft wat geen webpagina kan: de bestanden zijn ondertekend en veranderen niet terwijl u ze gebruikt.',
  'first.signIn.command': 'Begin met deze opdracht:',
  'server.heading': 'Deze server',
  'server.text':
    'Dit zegt de server over zichzelf. Een apparaat gelooft hem nooit op zijn woord: het vergelijkt dit met wat het kreeg toen het werd gemaakt.',
  'server.asking': 'De server wordt gevraagd …',
  'server.failed':
    'De server gaf geen antwoord. Er ging niets verloren. Controleer uw verbinding en probeer het opnieuw; blijft het zo, meld het dan aan de beheerder.',
  'server.again': 'Opnieuw proberen',
  'server.address': 'Adres',
  'server.federation': 'Federatie',
  'server.log': 'Register van alle handelingen',
  'server.version': 'Versie',
  'server.witnesses': 'Onafhankelijke getuigen',
  'server.witnesses.one': '{count} waakt over het register',
  'server.witnesses.other': '{count} waken over het register',
  'server.unwitnessed': 'Voor het nieuwste stonden zij niet in sinds {time}.',
  'browser.heading': 'Deze browser',
  'browser.ready': 'Hij heeft alles wat nodig is.',
  'browser.lacking.one': 'Er ontbreekt {count} ding. Gebruik een recente Firefox, Chrome, Edge of Safari.',
  'browser.lacking.other': 'Er ontbreken {count} dingen. Gebruik een recente Firefox, Chrome, Edge of Safari.',
  'browser.secure': 'Een verbinding die onderweg niemand kan wijzigen',
  'browser.keys': 'Een plaats voor de sleutels van dit apparaat',
  'browser.tabs': 'Orde tussen meerdere tabbladen',
  'browser.workers': 'Werk naast de pagina, zodat zij vlot blijft',
  'browser.files': 'Ruimte voor grote bestanden onderweg',
  'browser.has': 'aanwezig',
  'browser.lacks': 'ontbreekt',
  'promise.heading': 'Wat een webpagina niet kan beloven',
  'promise.delivered':
    'Wie deze pagina levert, kan een andere leveren. Waar levens ervan afhangen, gebruikt u de opdrachtregel, waarvan meerdere mensen de bestanden ondertekenen.',
  'promise.device': 'Wie dit apparaat beheerst terwijl het open is, ziet wat u ziet.',
  'promise.kept': 'Een browser kan vergeten wat hij bewaart. Een vergeten apparaat moet opnieuw worden toegelaten.',
};
