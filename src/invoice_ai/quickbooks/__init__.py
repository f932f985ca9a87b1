"""All we know about QuickBooks Online: signing in, its API, its errors, and how a bill must look.

No SQL and no settings in here: what is known of a company comes in as values (`company.Company`,
`company.Lists`, `coding.Memory`), what is to be booked goes out as a `bills.Draft`.
"""
