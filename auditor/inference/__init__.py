"""From records to the rules that they keep: what is demanded is learnt from one half of them and tested on the other."""
