/** What `holidays.mjs` uses of it: declared here, so that types hold also where the package is not installed. */
declare module 'date-holidays' {
  export default class Holidays {
    constructor(country: string);
    getHolidays(year: number): { readonly date: string; readonly type: string }[];
  }
}
