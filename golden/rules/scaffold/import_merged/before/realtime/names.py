KIND = 'parcel'
