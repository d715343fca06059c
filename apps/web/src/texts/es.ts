import type { Texts } from './texts.js';

export const es: Texts = {
  'page.title': 'Rogatory',
  'page.skip': 'Ir al contenido',
  'page.language': 'Idioma',
  'page.unreviewed': 'Esta traducción aún no se ha revisado. Vale el texto en inglés.',
  'page.notAudited': 'Sin auditoría externa.',
  'demo.banner': 'Demostración. Los Estados, las personas y los casos son inventados. No introduzca nada real.',
  'first.heading': 'Trabajar juntos en un caso, a través de las fronteras',
  'first.lead':
    'Fiscales, jueces y oficiales de enlace de distintos Estados comparten aquí un caso: archivos, mensajes, tareas. Todo se cierra en su dispositivo antes de salir. Solo las personas admitidas a un caso pueden abrirlo. El servidor que lo transporta no puede.',
  'first.signIn.heading': 'Iniciar sesión',
  'first.signIn.text':
    'Todavía no se puede iniciar sesión en esta página. Todo puede hacerse con la línea de órdenes, que además cumple una promesa que ninguna página web puede cumplir: sus archivos están firmados y no cambian mientras se usan.',
  'first.signIn.command': 'Empiece con esta orden:',
  'server.heading': 'Este servidor',
  'server.text':
    'Esto es lo que el servidor dice de sí mismo. Un dispositivo nunca le cree sin más: lo compara con lo que recibió al crearse.',
  'server.asking': 'Preguntando al servidor …',
  'server.failed':
    'El servidor no respondió. No se perdió nada. Revise su conexión e inténtelo de nuevo; si continúa, avise a quien lo administra.',
  'server.again': 'Intentar de nuevo',
  'server.address': 'Dirección',
  'server.federation': 'Federación',
  'server.log': 'Registro de todos los actos',
  'server.version': 'Versión',
  'server.witnesses': 'Testigos independientes',
  'server.witnesses.one': '{count} vigila su registro',
  'server.witnesses.other': '{count} vigilan su registro',
  'server.unwitnessed': 'No han respondido por lo más reciente desde {time}.',
  'browser.heading': 'Este navegador',
  'browser.ready': 'Tiene todo lo necesario.',
  'browser.lacking.one': 'Le falta {count} requisito. Use una versión actual de Firefox, Chrome, Edge o Safari.',
  'browser.lacking.other': 'Le faltan {count} requisitos. Use una versión actual de Firefox, Chrome, Edge o Safari.',
  'browser.secure': 'Una conexión que nadie puede alterar por el camino',
  'browser.keys': 'Un lugar para las claves de este dispositivo',
  'browser.tabs': 'Orden entre varias pestañas',
  'browser.workers': 'Trabajo junto a la página, para que siga ágil',
  'browser.files': 'Espacio para archivos grandes en tránsito',
  'browser.has': 'disponible',
  'browser.lacks': 'falta',
  'promise.heading': 'Lo que una página web no puede prometer',
  'promise.delivered':
    'Quien entrega esta página podría entregar otra. Donde hay vidas en juego, use la línea de órdenes, cuyos archivos firman varias personas.',
  'promise.device': 'Quien controla este dispositivo mientras está abierto ve lo que usted ve.',
  'promise.kept': 'Un navegador puede olvidar lo que guarda. Un dispositivo olvidado tiene que admitirse de nuevo.',
};
