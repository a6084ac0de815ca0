"""The gradebook: tables (`models`), what is done with them (`store`), late policy and weights (`policy`), migrations."""
