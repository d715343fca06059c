import type { Texts } from './texts.js';

export const fr: Texts = {
  'page.title': 'Rogatory',
  'page.skip': 'Aller au contenu',
  'page.language': 'Langue',
  'page.unreviewed': 'Cette traduction n’a pas encore été relue. Le texte anglais fait foi.',
  'page.notAudited': 'Sans audit externe.',
  'demo.banner': 'Démonstration. Les États, les personnes et les dossiers sont inventés. N’y mettez rien de réel.',
  'first.heading': 'Travailler ensemble sur un dossier, par-delà les frontières',
  'first.lead':
    'Procureurs, juges et officiers de liaison de différents États partagent ici un dossier : fichiers, messages, tâches. Tout est verrouillé sur votre appareil avant de le quitter. Seules les personnes admises au dossier peuvent l’ouvrir. Le serveur qui le transporte ne le peut pas.',
  'first.signIn.heading': 'Connexion',
  'first.signIn.text':
    'Il n’est pas encore possible de se connecter sur cette page. Tout peut se faire en ligne de commande, qui tient aussi une promesse qu’aucune page web ne peut tenir : ses fichiers sont signés et ne changent pas pendant que vous les utilisez.',
  'first.signIn.command': 'Commencez par cette commande :',
  'server.heading': 'Ce serveur',
  'server.text':
    'Voici ce que le serveur dit de lui-même. Un appareil ne le croit jamais sur parole : il le compare à ce qui lui a été donné à sa création.',
  'server.asking': 'Question au serveur …',
  'server.failed':
    'Le serveur n’a pas répondu. Rien n’est perdu. Vérifiez votre connexion et réessayez ; si cela persiste, prévenez l’exploitant du serveur.',
  'server.again': 'Réessayer',
  'server.address': 'Adresse',
  'server.federation': 'Fédération',
  'server.log': 'Registre de tous les actes',
  'server.version': 'Version',
  'server.witnesses': 'Témoins indépendants',
  'server.witnesses.one': '{count} surveille son registre',
  'server.witnesses.other': '{count} surveillent son registre',
  'server.unwitnessed': 'Ils n’ont pas confirmé le plus récent depuis {time}.',
  'browser.heading': 'Ce navigateur',
  'browser.ready': 'Il a tout ce qu’il faut.',
  'browser.lacking.one': 'Il manque {count} élément. Utilisez une version récente de Firefox, Chrome, Edge ou Safari.',
  'browser.lacking.other':
    'Il manque {count} éléments. Utilisez une version récente de Firefox, Chrome, Edge ou Safari.',
  'browser.secure': 'Une connexion que personne ne peut modifier en route',
  'browser.keys': 'Un endroit où garder les clés de cet appareil',
  'browser.tabs': 'De l’ordre entre plusieurs onglets',
  'browser.workers': 'Du travail à côté de la page, pour qu’elle reste rapide',
  'browser.files': 'De la place pour de grands fichiers en transit',
  'browser.has': 'présent',
  'browser.lacks': 'absent',
  'promise.heading': 'Ce qu’une page web ne peut pas promettre',
  'promise.delivered':
    'Qui fournit cette page pourrait en fournir une autre. Quand des vies en dépendent, utilisez la ligne de commande, dont plusieurs personnes signent les fichiers.',
  'promise.device': 'Qui contrôle cet appareil pendant qu’il est ouvert voit ce que vous voyez.',
  'promise.kept': 'Un navigateur peut oublier ce qu’il garde. Un appareil oublié doit être admis de nouveau.',
};
