/** How this program names itself to a server. */
export const BUILD = 'rogatory-web/0.1.0';
