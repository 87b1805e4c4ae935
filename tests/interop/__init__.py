"""Other languages' tools against the running stack: generated clients, consumers, partitioners. ./usher test interop"""
