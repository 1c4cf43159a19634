export interface Migration { readonly name: string }
